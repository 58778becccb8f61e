import { createHmac } from "node:crypto";
import { recentlyMade } from "../domain/recently-made.ts";

/** The repositories of which a version's secret stays derived: each webhook asks for its repository's. */
const DERIVED = 1000;

/**
 * Secrets of the webhooks placed in repositories. None is stored. Each derives from a master key, the key's version
 * and the repository's id, so that no repository's secret opens another's.
 */
export class HookSecrets {
  /** Derives a repository's secret, by version. */
  readonly #secretOf: ReadonlyMap<number, (repositoryId: string) => string>;

  /** Master keys by version. The highest version signs new webhooks. */
  constructor(keys: ReadonlyMap<number, string>) {
    if (keys.size === 0) throw new Error("No master key for the webhooks of repositories was given.");
    this.#secretOf = new Map(
      [...keys].map(([version, key]) => [
        version,
        recentlyMade(DERIVED, (repositoryId) =>
          createHmac("sha256", key).update(`${version}:${repositoryId}`).digest("hex"),
        ),
      ]),
    );
  }

  /** The versions whose key is known, newest first. */
  get versions(): number[] {
    return [...this.#secretOf.keys()].sort((a, b) => b - a);
  }

  /** The version that new webhooks get. */
  get version(): number {
    return Math.max(...this.#secretOf.keys());
  }

  /** A repository's secret of a version, or null where that version's key is no longer known. */
  secret(repositoryId: string, version: number): string | null {
    return this.#secretOf.get(version)?.(repositoryId) ?? null;
  }
}
