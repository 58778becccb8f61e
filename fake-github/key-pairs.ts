import { generateKeyPair, generateKeyPairSync, type KeyPairKeyObjectResult } from "node:crypto";
import { promisify } from "node:util";
import { getEnvironmentData, setEnvironmentData } from "node:worker_threads";

/*
 * Making an RSA key pair takes longer than most of what a test then does with it. So a process makes each once: the
 * first that a GitHub asks for is the same for every GitHub of the process, as are the second and the third. Within
 * one GitHub no two are the same.
 */

const RSA = { modulusLength: 2048 } as const;
const MADE_BEFORE = "fake-github key pairs";

let known: KeyPairKeyObjectResult[] | undefined;

/** Makes some key pairs that all threads begun from now on will use. */
export async function makeKeyPairs(count: number): Promise<void> {
  const make = promisify(generateKeyPair);
  setEnvironmentData(MADE_BEFORE, await Promise.all(Array.from({ length: count }, () => make("rsa", RSA))));
}

/** The RSA key pairs of one GitHub, each other than those before. */
export class KeyPairs {
  #given = 0;

  next(): KeyPairKeyObjectResult {
    known ??= [...((getEnvironmentData(MADE_BEFORE) as KeyPairKeyObjectResult[] | undefined) ?? [])];
    const at = this.#given++;
    known[at] ??= generateKeyPairSync("rsa", RSA);
    return known[at];
  }
}
