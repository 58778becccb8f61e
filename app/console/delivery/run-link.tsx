import { Outward } from "../ui/outward.tsx";

/** A run, with its page on GitHub where this side may know it. */
export const RunLink = ({ of: { runId, url } }: { of: { runId: string; url: string | null } }) =>
  url === null ? <>run {runId}</> : <Outward href={url}>run {runId}</Outward>;
