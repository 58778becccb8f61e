import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";

/** The lengths, in bytes, of each two values that were compared in constant time meanwhile. */
export async function comparedIn(meanwhile: () => Promise<unknown>): Promise<[number, number][]> {
  const { timingSafeEqual } = crypto;
  const compared: [number, number][] = [];
  crypto.timingSafeEqual = (a, b) => {
    compared.push([a.byteLength, b.byteLength]);
    return timingSafeEqual(a, b);
  };
  syncBuiltinESMExports();
  try {
    await meanwhile();
  } finally {
    crypto.timingSafeEqual = timingSafeEqual;
    syncBuiltinESMExports();
  }
  return compared;
}
