import { useChange } from "../api/queries.ts";
import type { Repository } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { Problem } from "../ui/loaded.tsx";
import { Notice } from "../ui/notice.tsx";

const EFFECT = {
  provider:
    "Enable the repository as a provider. Zekt places a webhook there. Nothing leaves it until you whitelist a workflow.",
  consumer: "Enable the repository as a consumer. Nothing is sent to it before.",
} as const;

/** Says that a repository has no such part yet, and enables it for those who may; nothing where it is enabled. */
export function NotEnabled({ side, of }: { side: "provider" | "consumer"; of: Repository }) {
  const { say } = useFeedback();
  const enable = useChange<Repository>(() => say({ text: `${of.fullName} is enabled as a ${side}.` }));
  if (of[side]) return null;
  const canEnable = of.right === "change" && of.managedBy === null && of.reachable;
  const run = (): void =>
    enable.mutate({ method: "PATCH", path: `/repositories/${of.repositoryId}`, body: { [side]: true } });
  return (
    <>
      <Notice
        variant="info"
        title={`Not a ${side} yet`}
        description={EFFECT[side]}
        action={canEnable && !enable.isPending ? { name: "Enable", run } : undefined}
      />
      {enable.error && <Problem error={enable.error} />}
    </>
  );
}
