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

/**
 * Doublings between the two inputs that are compared. With one alone, a machine that is busy elsewhere makes a linear
 * reader look like one that is not: caches are shared.
 */
const DOUBLINGS = 3;
const TIMES = 2 ** DOUBLINGS;

/** The sizes that are compared: the longer is twice the one that was asked for. */
const sizesOf = (size: number): [few: number, many: number] => [
  Math.max(1, Math.round((2 * size) / TIMES)),
  2 * size,
];

/** Returns how many times as much each doubling took, by the least of each side. */
function growthOf(pairs: readonly (readonly [few: number, many: number])[]): number {
  const ratio = Math.min(...pairs.map(([, many]) => many)) / Math.min(...pairs.map(([few]) => few));
  return ratio ** (1 / DOUBLINGS);
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
  const [few, many] = sizesOf(size).map(inputOf) as [T, T];
  let rounds = 1;
  // The least of three, since what is compiled or collected meanwhile makes the first look long.
  const leastOf = (count: number): number =>
    Math.min(...[1, 2, 3].map(() => timeOf(() => read(few), count) * count));
  while (leastOf(rounds) < sample) rounds *= 2;
  timeOf(() => read(many), Math.ceil(rounds / TIMES));
  let least = Infinity;
  for (let tries = 0; tries < TRIES && least > LINEAR; tries++) {
    const pairs = Array.from({ length: SAMPLES }, (): [number, number] => [
      timeOf(() => read(few), rounds),
      timeOf(() => read(many), Math.ceil(rounds / TIMES)),
    ]);
    least = Math.min(least, growthOf(pairs));
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
  const [few, many] = sizesOf(size).map(inputOf) as [T, T];
  await timeOfAsync(() => work(few), 2 * rounds);
  await timeOfAsync(() => work(many), rounds);
  let least = Infinity;
  for (let tries = 0; tries < TRIES && least > LINEAR; tries++) {
    const pairs: [number, number][] = [];
    for (let sample = 0; sample < SAMPLES; sample++)
      pairs.push([
        await timeOfAsync(() => work(few), 2 * rounds),
        await timeOfAsync(() => work(many), rounds),
      ]);
    least = Math.min(least, growthOf(pairs));
  }
  return least;
}
