/** Processor time that a sample has at least unless given, in milliseconds: a tick of the clock is some of them. */
const SAMPLE = 60;
const SAMPLES = 5;
/** A reader that is not linear shows it each time; a machine that was busy elsewhere shows another figure. */
const TRIES = 3;
/** A figure that needs no second try. */
const LINEAR = 2.4;

/** Returns the processor time of this thread alone, in milliseconds: others' work does not count. */
function processorTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timeOf(work: () => void, rounds: number): number {
  const startedAt = processorTime();
  for (let round = 0; round < rounds; round++) work();
  return (processorTime() - startedAt) / rounds;
}

async function timeOfAsync(work: () => Promise<void>, rounds: number): Promise<number> {
  const startedAt = processorTime();
  for (let round = 0; round < rounds; round++) await work();
  return (processorTime() - startedAt) / rounds;
}

/** Returns how many times as much the second of each pair is, by the least of each. */
function ratioOf(pairs: readonly (readonly [once: number, twice: number])[]): number {
  return Math.min(...pairs.map(([, twice]) => twice)) / Math.min(...pairs.map(([once]) => once));
}

/**
 * Returns how many times as much processor time a reader takes for twice the input. It is about 2 where the reader is
 * linear, 4 where it is quadratic. Takes the least of several samples, in turns, and of several tries where that is far
 * from linear: a collection of garbage only adds.
 *
 * @param inputOf - makes the input of a size, before the time is taken
 */
export function growthAtDoubling<T>(
  inputOf: (size: number) => T,
  size: number,
  read: (input: T) => void,
  sample = SAMPLE,
): number {
  const once = inputOf(size);
  const twice = inputOf(2 * size);
  let rounds = 1;
  // Whatever is compiled late is compiled by then.
  while (timeOf(() => read(once), rounds) * rounds < sample) rounds *= 2;
  timeOf(() => read(twice), rounds);
  let least = Infinity;
  for (let tries = 0; tries < TRIES && least > LINEAR; tries++) {
    const pairs = Array.from({ length: SAMPLES }, (): [number, number] => [
      timeOf(() => read(once), rounds),
      timeOf(() => read(twice), Math.ceil(rounds / 2)),
    ]);
    least = Math.min(least, ratioOf(pairs));
  }
  return least;
}

/** Returns what {@link growthAtDoubling} does, of work that is awaited and done in this thread. */
export async function growthOfAsync<T>(
  inputOf: (size: number) => T,
  size: number,
  work: (input: T) => Promise<void>,
  rounds = 4,
): Promise<number> {
  const once = inputOf(size);
  const twice = inputOf(2 * size);
  await timeOfAsync(() => work(once), rounds);
  await timeOfAsync(() => work(twice), rounds);
  let least = Infinity;
  for (let tries = 0; tries < TRIES && least > LINEAR; tries++) {
    const pairs: [number, number][] = [];
    for (let sample = 0; sample < SAMPLES; sample++)
      pairs.push([await timeOfAsync(() => work(once), rounds), await timeOfAsync(() => work(twice), rounds)]);
    least = Math.min(least, ratioOf(pairs));
  }
  return least;
}
