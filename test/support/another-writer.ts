import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { Deliveries } from "../../app/store/deliveries.ts";

/* Lets another writer in between what a step has read and what it writes. */

/** A change of a delivery by which it is known that another writer made it. */
export const BY_ANOTHER: Partial<Delivery> = { conclusion: "of another" };

type Method = (...args: unknown[]) => Promise<unknown>;

/**
 * Makes another act once, just before the next call of a method goes on. `part` is a part of the store, or whom a step
 * asks. What the other calls meanwhile goes through. Returns whether it has acted.
 */
export function beforeNext<Part extends object>(
  part: Part,
  method: keyof Part & string,
  act: () => Promise<unknown>,
): () => boolean {
  const methods = part as unknown as Record<string, Method>;
  const real = methods[method] as Method;
  let hasActed = false;
  methods[method] = async (...args) => {
    methods[method] = real;
    hasActed = true;
    await act();
    return await real.apply(part, args);
  };
  return () => hasActed;
}

/** Changes a delivery as it was read, just before the next write of one. Returns whether it has. */
export const overtake = (deliveries: Deliveries, delivery: Delivery): (() => boolean) =>
  beforeNext(deliveries, "replace", async () => {
    if (!(await deliveries.replace(delivery, { ...delivery, ...BY_ANOTHER })))
      throw new Error(`Delivery ${delivery.deliveryId} is not as it was read.`);
  });
