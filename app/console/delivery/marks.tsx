import { Label } from "@primer/react";
import type { Delivery } from "../api/types.ts";
import { StatusBadge } from "../ui/badges.tsx";

/** The status of a delivery and the marks that tell it from others. */
export const Marks = ({ of }: { of: Delivery }) => (
  <span className="bar">
    <StatusBadge of={of} />
    {of.durable && <Label>durable</Label>}
    {of.shielded && <Label title="Only the consumer's own runs can read its message.">shielded</Label>}
    {of.isTest && <Label variant="attention">test</Label>}
    {of.replayOf !== null && <Label variant="accent">replay</Label>}
  </span>
);
