import { Banner } from "@primer/react";
import type { Repository } from "../api/types.ts";
import { Outward } from "./outward.tsx";
import { useSession } from "./session.ts";

/** Says that a file manages a repository, and leads there; nothing for those that people manage. */
export function ManagedByFile({ of }: { of: Repository }) {
  const { github } = useSession();
  if (of.managedBy === null) return null;
  const href = `${github.url}/${of.fullName}/blob/${of.defaultBranch}/${of.managedBy}`;
  return (
    <Banner
      variant="info"
      title={`Managed by ${of.managedBy}`}
      description={
        <>
          Change <Outward href={href}>the file on {of.defaultBranch}</Outward>; what is here can only be
          looked at.
        </>
      }
    />
  );
}
