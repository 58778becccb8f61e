import { makeKeyPairs } from "../../fake-github/key-pairs.ts";

/** Makes once for all test files what each would otherwise make for itself: most need two, few a third. */
export default async function beforeAllFiles(): Promise<void> {
  await makeKeyPairs(3);
}
