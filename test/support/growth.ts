/** Processor time that a sample has at least, in milliseconds: a tick of the clock is some of them. */
const SAMPLE = 60;
const SAMPLES = 5;

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

/**
 * Returns how many times as much processor time a reader takes for twice the input. It is about 2 where the reader is
 * linear, 4 where it is quadratic. Takes the least of several samples, in turns: a collection of garbage only adds.
 *
 * @param inputOf - makes the input of a size, before the time is taken
 */
export function growthAtDoubling<T>(
  inputOf: (size: number) => T,
  size: number,
  read: (input: T) => void,
): number {
  const once = inputOf(size);
  const twice = inputOf(2 * size);
  let rounds = 1;
  // Whatever is compiled late is compiled by then.
  while (timeOf(() => read(once), rounds) * rounds < SAMPLE) rounds *= 2;
  timeOf(() => read(twice), rounds);
  const pairs = Array.from({ length: SAMPLES }, () => [
    timeOf(() => read(once), rounds),
    timeOf(() => read(twice), Math.ceil(rounds / 2)),
  ]);
  const least = (index: number): number => Math.min(...pairs.map((pair) => pair[index] ?? Number.NaN));
  return least(1) / least(0);
}
