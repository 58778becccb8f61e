/**
 * Does something to each item, some at once, as long as `goesOn` holds: a slow one holds up no other. Ends
 * when all that was begun has ended. After one that throws no other begins.
 */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  { atOnce, goesOn = () => true }: { atOnce: number; goesOn?: () => boolean },
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const errors: unknown[] = [];
  const work = async (): Promise<void> => {
    while (errors.length === 0 && goesOn()) {
      const { value, done } = left.next();
      if (done) return;
      await act(value).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (errors.length > 0) throw errors[0];
}

/** Names each item of a list, and the owner of it where others are not to wait for that one. */
export interface Naming<T> {
  nameOf: (item: T) => string;
  ownerOf?: (item: T) => string;
}

/** Does something to each item of a list; returns how many were begun. */
export type ForEach = <T>(
  items: readonly T[],
  naming: Naming<T>,
  act: (item: T) => Promise<unknown>,
) => Promise<number>;

/** Does something to one item after the other; what throws ends it. */
export const oneByOne: ForEach = async (items, _, act) => {
  for (const item of items) await act(item);
  return items.length;
};

/**
 * Does something to each item, some at once, and of one owner at most `most` of them. An owner whose items are slow
 * holds up no other. One that throws ends nothing else; its error is thrown once all that was begun has ended.
 */
export async function forEachFairly<T>(
  items: Iterable<T>,
  {
    atOnce,
    most,
    ownerOf,
    goesOn,
  }: { atOnce: number; most: number; ownerOf: (item: T) => string; goesOn: () => boolean },
  act: (item: T) => Promise<unknown>,
): Promise<void> {
  const left = [...items];
  const running = new Map<Promise<void>, string>();
  const errors: unknown[] = [];
  const isFree = (item: T): boolean =>
    [...running.values()].filter((owner) => owner === ownerOf(item)).length < most;
  const begin = (item: T): void => {
    const work: Promise<void> = act(item)
      .then(() => {})
      .catch((error: unknown) => void errors.push(error))
      .finally(() => running.delete(work));
    running.set(work, ownerOf(item));
  };
  for (;;) {
    const next = running.size < atOnce && goesOn() ? left.findIndex(isFree) : -1;
    if (next >= 0) begin(left.splice(next, 1)[0] as T);
    else if (running.size > 0) await Promise.race(running.keys());
    else break;
  }
  if (errors.length > 0) throw errors[0];
}
