/** The file by which a repository manages itself, on its default branch. */
export const ZEKT_FILE = ".github/zekt.yml";
