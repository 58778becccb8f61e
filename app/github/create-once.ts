import { SECOND } from "../domain/clock.ts";
import type { GitHub } from "./client.ts";
import { hasStatus } from "./installations.ts";

/** The time that GitHub is given to finish what it answered badly, in milliseconds. */
const BEFORE_LOOKING = 2 * SECOND;

/** Returns whether a request may have been carried out though it failed: GitHub failed, or no answer came. */
const isInDoubt = (error: unknown): boolean => hasStatus(error, 408, 500, 502, 503, 504);

/**
 * Creates something that can be found again. After an answer that leaves in doubt whether it was created,
 * it is looked for, and created once more only where it is not there.
 *
 * @throws whatever `create` or `find` throws
 */
export async function createOnce<T>(
  github: GitHub,
  create: () => Promise<T>,
  find: () => Promise<T | null>,
): Promise<T> {
  try {
    return await create();
  } catch (error) {
    if (!isInDoubt(error)) throw error;
    await github.requests.pause(BEFORE_LOOKING);
    return (await find()) ?? (await create());
  }
}
