import type { WorkerDeps } from "../../deps.ts";
import { type ForEach, forEachFairly, type Naming } from "../../domain/for-each-concurrently.ts";
import { beginItem, beginPart, endItem, endPart, isDeadly, mayWork } from "../../domain/jobs/part-mark.ts";
import type { PartMark } from "../../domain/records/part-mark.ts";
import { PART_MARK } from "../../store/fact-kinds.ts";

/** The parts of the minute's work whose items are worked on one by one. */
export type Part = "runs" | "jobs" | "connections" | "folds" | "hooks";

/** Items of one owner that are worked on at once: a quarter of all. */
const mostOf = (atOnce: number): number => Math.max(1, Math.floor(atOnce / 4));

/**
 * Works on a part of what comes round every minute. An item that throws is logged and holds up no other. One that ends
 * the process does so twice: then it is known, and waits ever longer. Of one owner few are worked on at once.
 *
 * @param work - is given the loop by which it works on its items, as long as `isTimeLeft` says so
 */
export async function workPart<T>(
  deps: WorkerDeps,
  part: Part,
  { atOnce, isTimeLeft }: { atOnce: number; isTimeLeft: () => boolean },
  work: (forEach: ForEach) => Promise<T>,
): Promise<T> {
  const { facts } = deps.store;
  const fact = PART_MARK.of({ part });
  let mark: PartMark | null = null;
  let isCareful = false;
  const begin = async (): Promise<PartMark> => {
    const found = await facts.get(fact);
    isCareful = found?.isWorking === true;
    const begun = beginPart(found, deps.clock.now());
    if (isCareful)
      deps.log.error(
        { event: "sweep.cut-off", part, item: found?.item ?? null },
        "A part of the minute's work ended its process; its items are worked one after the other",
      );
    await facts.set(fact, begun);
    return begun;
  };
  const forEach: ForEach = async (items, naming, act) => {
    if (items.length === 0) return 0;
    let current = mark ?? (await begin());
    mark = current;
    const { nameOf, ownerOf = nameOf }: Naming<(typeof items)[number]> = naming;
    let begun = 0;
    const actOn = async (item: (typeof items)[number]): Promise<void> => {
      begun += 1;
      await act(item).catch((error: unknown) =>
        deps.log.error(
          { event: "sweep.item-failed", err: error, part, item: nameOf(item) },
          "An item of the minute's work failed; the others went on, and it is tried again",
        ),
      );
    };
    const now = deps.clock.now();
    const free = items.filter((item) => mayWork(current, nameOf(item), now));
    const isMarked = (item: (typeof items)[number]): boolean => isCareful || isDeadly(current, nameOf(item));
    const [marked, swift] = [free.filter(isMarked), free.filter((item) => !isMarked(item))];
    await forEachFairly(swift, { atOnce, most: mostOf(atOnce), ownerOf, goesOn: isTimeLeft }, actOn);
    for (const item of marked) {
      if (!isTimeLeft()) break;
      await facts.set(fact, beginItem(current, nameOf(item)));
      await actOn(item);
      current = endItem(current, nameOf(item));
      mark = current;
    }
    return begun;
  };
  try {
    return await work(forEach);
  } finally {
    // Left as it is where this process dies meanwhile.
    if (mark !== null) {
      const ended = endPart(mark);
      if (ended) await facts.set(fact, ended);
      else await facts.remove(fact);
    }
  }
}
