/**
 * Does something to each item, some at once, as long as `goesOn` holds: a slow one holds up no other. Ends
 * when all that was begun has ended.
 */
export async function forEachConcurrently<T>(
  items: Iterable<T>,
  { atOnce, goesOn }: { atOnce: number; goesOn: () => boolean },
  act: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]();
  const work = async (): Promise<void> => {
    while (goesOn()) {
      const { value, done } = left.next();
      if (done) return;
      await act(value);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
