import { InvalidArgumentError } from "commander";

/** Returns a delivery's id as a user gave it; an argument of another kind is wrong usage. */
export function deliveryIdArgument(text: string): string {
  if (/^delivery-[0-9a-f-]+$/.test(text)) return text;
  throw new InvalidArgumentError("A delivery's id begins with delivery-; `zekt deliveries` lists them.");
}
