import picomatch from "picomatch";

/** A fault to inject: the first that fits a request and has any left is used. */
export interface Fault {
  id: number;
  /** `api`: requests to GitHub; `webhook`: requests by GitHub. */
  target: "api" | "webhook";
  method?: string;
  /** A glob, or a regular expression where it starts with `^`, over the path, or over a webhook's whole URL. */
  route?: string;
  /** The number of requests to fail; -1 for all of them. */
  count: number;
  /** The share of matching requests to fail, chosen at random (0 to 1). */
  probability?: number;
  status?: number;
  /** Null takes a header away that the answer has otherwise. */
  headers?: Record<string, string | null>;
  body?: unknown;
  latency_ms?: number;
  /**
   * Cuts the connection: before anything is done, after it was done but before the answer, or within the answer's body.
   * With `status` and `after`, that is answered once it was done, as by a gateway.
   */
  drop?: "before" | "after" | "within";
  /** `abuse`: the secondary limit in its old wording, without a header. */
  rate_limit?: "primary" | "secondary" | "abuse";
}

/** Leaves out the headers that a fault takes away. */
export const presentHeaders = (headers: Record<string, string | null>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null));

const fits = (route: string, address: string): boolean =>
  route.startsWith("^") ? new RegExp(route).test(address) : picomatch.isMatch(address, route, { dot: true });

/** The faults that are to come. */
export class Faults {
  #faults: Fault[] = [];
  #nextId = 1;

  add(fault: Partial<Fault>): Fault {
    const added: Fault = { target: "api", count: 1, ...fault, id: this.#nextId++ };
    this.#faults.push(added);
    return added;
  }

  /** Those that have any left. */
  list(): readonly Fault[] {
    return this.#faults.filter(({ count }) => count !== 0);
  }

  clear(id?: number): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
  }

  /** The fault that hits a request to an address (a URL), which uses it up by one. */
  take(target: Fault["target"], method: string, address: string): Fault | null {
    const { pathname } = new URL(address);
    const fault = this.#faults.find(
      (one) =>
        one.target === target &&
        one.count !== 0 &&
        (one.method === undefined || one.method.toUpperCase() === method) &&
        (one.route === undefined || fits(one.route, pathname) || fits(one.route, address)) &&
        (one.probability === undefined || Math.random() < one.probability),
    );
    if (!fault) return null;
    if (fault.count > 0) fault.count -= 1;
    return fault;
  }
}
