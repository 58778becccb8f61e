import { setTimeout as sleep } from "node:timers/promises";
import { SECOND } from "../domain/clock.ts";

/** An installation token, and when it was minted, in milliseconds by the clock that nobody sets. */
export interface MintedToken {
  token: string;
  mintedAt: number;
}

/** GitHub's answer was about the token, not about the request: nothing was done. */
export type TokenRefusal = "bad-credentials" | "not-accessible";

/** Returns whether an answer refuses the token. A young token is refused in both ways until GitHub's servers all know it. */
export function tokenRefusal(status: number, message: string): TokenRefusal | null {
  if (status === 401) return "bad-credentials";
  return status === 403 && /not accessible by integration/i.test(message) ? "not-accessible" : null;
}

/** A token spreads to all of GitHub's servers within so long, in milliseconds. */
const YOUNG = 10 * SECOND;
/** Delays before a young token is tried again; one minted in its place has them anew. */
const DELAYS = [1 * SECOND, 2 * SECOND, 3 * SECOND] as const;
/** No try begins later than this, so that all end within a dispatch's lease. */
const LAST_TRY = 20 * SECOND;

/** Mints a new token in place of one that GitHub refused. */
export type Renew = (refused: string) => Promise<MintedToken>;

/**
 * Sends something with an installation token. While GitHub refuses a young token, waits and sends again. A token that
 * GitHub no longer knows is forgotten, and a new one is tried once. Each refusal means that nothing was done, so that
 * sending again is safe.
 */
export async function sendWithToken<Answer>(
  minted: MintedToken,
  renew: Renew,
  send: (token: string) => Promise<Answer>,
  refusalIn: (answer: Answer) => TokenRefusal | null,
  wait: (ms: number) => Promise<unknown> = sleep,
): Promise<Answer> {
  const began = performance.now();
  let delays: number[] = [...DELAYS];
  let current = minted;
  for (let renewed = false; ; ) {
    const answer = await send(current.token);
    const refusal = refusalIn(answer);
    if (refusal === null || performance.now() - began > LAST_TRY) return answer;
    const delay = performance.now() - current.mintedAt < YOUNG ? delays.shift() : undefined;
    if (delay !== undefined) await wait(delay);
    else if (renewed || refusal === "not-accessible") return answer;
    else {
      current = await renew(current.token);
      renewed = true;
      delays = [...DELAYS];
    }
  }
}
