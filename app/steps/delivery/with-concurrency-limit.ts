/** Dispatches of one installation that this worker makes at once. GitHub takes 100 at once of all workers. */
const AT_ONCE = 64;
/** So many more wait for one of them to end, each so long, in milliseconds. */
const WAIT = 1000;

interface Places {
  taken: number;
  waiting: Set<() => void>;
}
const places = new Map<string, Places>();

/** Reserves a place, or waits for one: false where none came in time, or too many wait already. */
async function reserve(installationId: string): Promise<boolean> {
  const here = places.get(installationId) ?? { taken: 0, waiting: new Set() };
  places.set(installationId, here);
  if (here.taken < AT_ONCE) {
    here.taken += 1;
    return true;
  }
  if (here.waiting.size >= AT_ONCE) return false;
  return await new Promise((resolve) => {
    const given = (): void => {
      clearTimeout(timer);
      resolve(true);
    };
    const timer = setTimeout(() => {
      here.waiting.delete(given);
      resolve(false);
    }, WAIT);
    here.waiting.add(given);
  });
}

/** Passes a place on to who has waited longest, or frees it. */
function release(installationId: string): void {
  const here = places.get(installationId) as Places;
  const [next] = here.waiting;
  if (next) {
    here.waiting.delete(next);
    next();
    return;
  }
  here.taken -= 1;
  if (here.taken === 0) places.delete(installationId);
}

/**
 * Does something to an installation once fewer than {@link AT_ONCE} others do. Those whose requests hang
 * hold no more than that and as many who wait, so that the others' do not wait behind them.
 *
 * @returns false where it was not done, since no place came free
 */
export async function withConcurrencyLimit(
  installationId: string,
  act: () => Promise<void>,
): Promise<boolean> {
  if (!(await reserve(installationId))) return false;
  try {
    await act();
  } finally {
    release(installationId);
  }
  return true;
}
