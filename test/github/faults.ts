import picomatch from "picomatch";

/** A fault to inject: the first that matches a request and has any left is used. */
export interface Fault {
  id: number;
  /** `api` (requests to GitHub) or `webhook` (requests by GitHub). */
  target: "api" | "webhook";
  method?: string;
  /** A glob over the path, or over the URL for webhooks. */
  route?: string;
  /** How often; -1 for always. */
  count: number;
  /** Out of so many matching requests, how many are hit at random (0 to 1). */
  probability?: number;
  status?: number;
  headers?: Record<string, string>;
  body?: unknown;
  latency_ms?: number;
  /** Cuts the connection: before anything is done, or after it was done but before the answer. */
  drop?: "before" | "after";
  rate_limit?: "primary" | "secondary";
}

export class Faults {
  #faults: Fault[] = [];
  #nextId = 1;

  add(fault: Partial<Fault>): Fault {
    const added: Fault = { target: "api", count: 1, ...fault, id: this.#nextId++ };
    this.#faults.push(added);
    return added;
  }

  list(): readonly Fault[] {
    return this.#faults;
  }

  clear(id?: number): void {
    this.#faults = id === undefined ? [] : this.#faults.filter((fault) => fault.id !== id);
  }

  /** The fault that hits a request, which uses it up by one. */
  take(target: Fault["target"], method: string, path: string): Fault | null {
    const fault = this.#faults.find(
      (one) =>
        one.target === target &&
        one.count !== 0 &&
        (one.method === undefined || one.method.toUpperCase() === method) &&
        (one.route === undefined || picomatch.isMatch(path, one.route)) &&
        (one.probability === undefined || Math.random() < one.probability),
    );
    if (!fault) return null;
    if (fault.count > 0) fault.count -= 1;
    return fault;
  }
}
