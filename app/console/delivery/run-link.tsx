import { Outward } from "../ui/outward.tsx";

/** A run's id, with its page on GitHub where this side may know it. */
export const RunLink = ({ of: { runId, url } }: { of: { runId: string; url: string | null } }) =>
  url === null ? runId : <Outward href={url}>{runId}</Outward>;
