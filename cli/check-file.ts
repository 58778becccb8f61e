import { type FileProblem, inOrder, parseZektFile } from "../app/domain/zekt-yml/read-zekt-file.ts";
import { problemsWithin } from "../app/domain/zekt-yml/zekt-file-rules.ts";

/** Returns the faults of a zekt.yml that show without GitHub and without Zekt's data. */
export function checkFile(text: string): FileProblem[] {
  const { file, problems, place } = parseZektFile(text);
  return inOrder(file ? problemsWithin(file).map(place) : problems);
}

/** Returns a number of faults in words. */
export const faultsInWords = (count: number): string => (count === 1 ? "1 fault" : `${count} faults`);
