import { typeFaults } from "../../domain/catalog/type-faults.ts";
import type { DeclaredType } from "../../domain/records/declared-type.ts";
import { Refusal } from "../../domain/refusal.ts";

/**
 * Checks the event types that a service declares: that each schema can be judged by, and that its example fits it.
 *
 * @throws Refusal invalid with the place of each fault
 */
export async function checkTypes(types: readonly DeclaredType[] | undefined): Promise<void> {
  const errors = await typeFaults(types ?? []);
  if (errors.length > 0)
    throw new Refusal("invalid", errors.map(({ detail }) => detail).join(" "), { errors });
}
