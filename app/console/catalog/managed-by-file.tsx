import type { Repository } from "../api/types.ts";
import { useSession } from "../sign-in/session.ts";
import { Notice } from "../ui/notice.tsx";
import { Outward } from "../ui/outward.tsx";

/** The file that manages a repository, linked to; a word for those that people manage. */
export function ManagedBy({ of }: { of: Repository }) {
  const { github } = useSession();
  if (of.managedBy === null) return "people";
  return <Outward href={fileAddress(github.url, of)}>{of.managedBy}</Outward>;
}

const fileAddress = (site: string, { fullName, defaultBranch, managedBy }: Repository): string =>
  `${site}/${fullName}/blob/${defaultBranch}/${managedBy}`;

/** Says that a file manages a repository, and leads there; nothing for those that people manage. */
export function ManagedByFile({ of }: { of: Repository }) {
  const { github } = useSession();
  if (of.managedBy === null) return null;
  return (
    <Notice
      variant="info"
      title={`Managed by ${of.managedBy}`}
      description={
        <>
          Change <Outward href={fileAddress(github.url, of)}>the file on {of.defaultBranch}</Outward>; what is
          here can only be looked at.
        </>
      }
    />
  );
}
