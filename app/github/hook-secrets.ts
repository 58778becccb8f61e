import { createHmac } from "node:crypto";
import { LRUCache } from "lru-cache";

/**
 * Secrets of the webhooks placed in repositories. None is stored. Each derives from a master key, the key's version
 * and the repository's id, so that no repository's secret opens another's.
 */
export class HookSecrets {
  readonly #keys: ReadonlyMap<number, string>;
  /** Those used lately, by version and repository. */
  readonly #secrets = new LRUCache<string, string>({ max: 1000 });

  /** Master keys by version. The highest version signs new webhooks. */
  constructor(keys: ReadonlyMap<number, string>) {
    if (keys.size === 0) throw new Error("No master key for the webhooks of repositories was given.");
    this.#keys = keys;
  }

  /** The versions whose key is known, newest first. */
  get versions(): number[] {
    return [...this.#keys.keys()].sort((a, b) => b - a);
  }

  /** The version that new webhooks get. */
  get version(): number {
    return Math.max(...this.#keys.keys());
  }

  /** A repository's secret of a version, or null where that version's key is no longer known. */
  secret(repositoryId: string, version: number): string | null {
    const key = this.#keys.get(version);
    if (key === undefined) return null;
    const name = `${version}:${repositoryId}`;
    const secret = this.#secrets.get(name) ?? createHmac("sha256", key).update(name).digest("hex");
    this.#secrets.set(name, secret);
    return secret;
  }
}
