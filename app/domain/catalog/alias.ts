const LOOK_ALIKE: Readonly<Record<string, string>> = { "0": "o", "1": "l", i: "l" };

/** Reduces a name to what the eye compares: letters and digits, whatever their case, and i, l and 1 alike. */
export const bare = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "")
    .replace(/[01i]/g, (character) => LOOK_ALIKE[character] as string);

/** A name this short may stand inside a longer word by chance. */
const TELLING_LENGTH = 4;

/** Returns whether an alias gives the provider away: it equals or contains the owner's or the repository's name. */
export const givesAway = (alias: string, fullName: string): boolean =>
  fullName
    .split("/")
    .map(bare)
    .some(
      (name) =>
        name !== "" &&
        (bare(alias) === name || (name.length >= TELLING_LENGTH && bare(alias).includes(name))),
    );
