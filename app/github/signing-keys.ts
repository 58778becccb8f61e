import { createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from "jose";
import { HOUR, MINUTE, SECOND } from "../domain/clock.ts";
import { Refusal } from "../domain/refusal.ts";
import type { Requests } from "./requests.ts";

/** Keys that are older are asked for again before they are used: one may have been withdrawn. */
const FRESH = 10 * MINUTE;
/** Keys are used for so long while the issuer does not give them. */
const KEPT = 12 * HOUR;
/** The least time between two requests for an issuer's keys. */
const COOLDOWN = MINUTE;
/** As long as there are no keys to use, every step waits for them, and gives up after a minute. */
const COOLDOWN_WITHOUT_KEYS = 5 * SECOND;
const TIMEOUT = 5 * SECOND;

type FindKey = ReturnType<typeof createLocalJWKSet>;

/** Whatever the keys' users need besides. */
export interface KeyDeps {
  requests: Requests;
  /** Hears that an issuer gave no keys, why, and whether known ones serve meanwhile. */
  onUnavailable: (issuer: string, reason: string, areKnown: boolean) => void;
}

/**
 * Holds the keys that an issuer signs with, found by its discovery document. While the issuer fails, the
 * known ones go on; a key id that nobody knows has them asked for at most once a minute.
 * https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig
 */
export class SigningKeys {
  readonly #issuer: string;
  readonly #deps: KeyDeps;
  readonly #mayBeMissing: boolean;
  #find: FindKey | null = null;
  /** True once the issuer gave any key: it is not missing then. */
  #exists = false;
  /** When the keys came, and when they were last asked for, in milliseconds since the epoch. */
  #gotAt = 0;
  #askedAt: number | null = null;
  #asking: Promise<void> | null = null;

  /** `mayBeMissing` takes an issuer without a discovery document for one without keys. */
  constructor(issuer: string, deps: KeyDeps, { mayBeMissing = false } = {}) {
    this.#issuer = issuer;
    this.#deps = deps;
    this.#mayBeMissing = mayBeMissing;
  }

  /**
   * Returns the key that a token's header names.
   *
   * @throws JWKSNoMatchingKey of `jose` where the issuer has no such key; Refusal unavailable where its
   * keys cannot be had
   */
  async key(header: JWSHeaderParameters, now: number) {
    // A clock that was set back makes nothing fresh for longer.
    const age = Math.abs(now - this.#gotAt);
    if (this.#find === null || age > FRESH) await this.#ask(now);
    if (this.#find === null || !this.#serve(now)) {
      const sentence = "GitHub's signing keys could not be fetched; try again in a few seconds.";
      throw new Refusal("unavailable", sentence, {
        retryAfter: Math.max(1, Math.ceil(this.#untilAsked(now) / SECOND)),
      });
    }
    try {
      return await this.#find(header);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      const before = this.#gotAt;
      await this.#ask(now);
      if (this.#gotAt === before) throw error;
      return await this.#find(header);
    }
  }

  /** Returns whether known keys may still be used. */
  #serve(now: number): boolean {
    return this.#find !== null && Math.abs(now - this.#gotAt) <= KEPT;
  }

  /** Returns the time until the keys may be asked for again, in milliseconds. */
  #untilAsked(now: number): number {
    const cooldown = this.#serve(now) ? COOLDOWN : COOLDOWN_WITHOUT_KEYS;
    return this.#askedAt === null ? 0 : Math.max(0, cooldown - Math.abs(now - this.#askedAt));
  }

  /** Asks for the keys, unless that was done a moment ago. Failing leaves those that are known. */
  async #ask(now: number): Promise<void> {
    if (this.#asking === null) {
      if (this.#untilAsked(now) > 0) return;
      this.#askedAt = now;
      this.#asking = this.#fetch(now).finally(() => {
        this.#asking = null;
      });
    }
    await this.#asking;
  }

  async #fetch(now: number): Promise<void> {
    try {
      const current = await this.#current();
      this.#find = createLocalJWKSet(current);
      this.#exists ||= current.keys.length > 0;
      this.#gotAt = now;
    } catch (error) {
      this.#deps.onUnavailable(this.#issuer, (error as Error).message, this.#find !== null);
    }
  }

  async #current(): Promise<JSONWebKeySet> {
    const discovery = await this.#get(`${this.#issuer}/.well-known/openid-configuration`);
    if (discovery.status === 404 && this.#mayBeMissing && !this.#exists) return { keys: [] };
    const { jwks_uri } = (await jsonOf(discovery)) as { jwks_uri?: string };
    const address = URL.parse(jwks_uri ?? "");
    if (!address || (address.protocol !== "https:" && address.origin !== new URL(this.#issuer).origin)) {
      throw new Error("the discovery document names no address of keys");
    }
    return (await jsonOf(await this.#get(address.href))) as JSONWebKeySet;
  }

  async #get(url: string): Promise<Response> {
    return await this.#deps.requests.send(url, {}, { timeout: TIMEOUT, repeats: "never" });
  }
}

async function jsonOf(answer: Response): Promise<unknown> {
  if (answer.status !== 200) throw new Error(`${new URL(answer.url).pathname} was answered ${answer.status}`);
  return await answer.json();
}
