/*
 * GitHub's delivery ids have 19 digits. A JavaScript number holds 16 of them, so that a client which reads
 * them with JSON.parse asks for deliveries that do not exist. Inside they are small numbers.
 */
const FIRST = 3_842_091_900_000_000_000n;

/** A delivery's id as GitHub writes it. */
export const deliveryIdText = (id: number): string => String(FIRST + BigInt(id));

/** The id inside of one as GitHub writes it; NaN for what is none. */
export const deliveryIdOf = (text: string): number =>
  /^\d+$/.test(text) ? Number(BigInt(text) - FIRST) : Number.NaN;
