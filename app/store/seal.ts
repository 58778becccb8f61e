import { hkdfSync } from "node:crypto";
import { EncryptJWT, jwtDecrypt } from "jose";

/** The use that something is sealed for: what was sealed for one use opens for no other. */
export type Purpose = "session cookie" | "sign-in cookie" | "user tokens";

/**
 * Seals what its holder must not read or change: JWE with A256GCM, under keys that derive from the master key, its
 * version and the purpose. https://www.rfc-editor.org/rfc/rfc7516
 */
export class Seal {
  readonly #masterKeys: ReadonlyMap<number, string>;

  /** Master keys by version; the highest seals, all open. */
  constructor(masterKeys: ReadonlyMap<number, string>) {
    this.#masterKeys = masterKeys;
  }

  #key(purpose: Purpose, version: number): Uint8Array {
    const master = this.#masterKeys.get(version);
    if (master === undefined) throw new Error(`The master key of version ${version} is not known.`);
    return new Uint8Array(hkdfSync("sha256", master, "zekt", `${purpose} ${version}`, 32));
  }

  /** Seals claims; the text is safe in a cookie. */
  async close(purpose: Purpose, claims: Record<string, string | number | null>): Promise<string> {
    const version = Math.max(...this.#masterKeys.keys());
    return await new EncryptJWT(claims)
      .setProtectedHeader({ alg: "dir", enc: "A256GCM", kid: String(version) })
      .encrypt(this.#key(purpose, version));
  }

  /** The claims that were sealed; null where the text was not sealed here, for this, by a key that is still known. */
  async open(purpose: Purpose, text: string): Promise<Record<string, unknown> | null> {
    try {
      const { payload } = await jwtDecrypt(text, ({ kid }) => this.#key(purpose, Number(kid)), {
        keyManagementAlgorithms: ["dir"],
        contentEncryptionAlgorithms: ["A256GCM"],
      });
      return payload;
    } catch {
      return null;
    }
  }
}
