import { Notice } from "../ui/notice.tsx";
import { Outward } from "../ui/outward.tsx";
import { useInstallations } from "./use-installations.ts";

/** Says that lists are short of organizations that the user has not signed on to; nothing where they are whole. */
export function LeftOut() {
  const { leftOut } = useInstallations();
  if (leftOut.length === 0) return null;
  return (
    <Notice
      variant="warning"
      title="Some organizations are left out here"
      description={
        <>
          They ask for single sign-on, so that GitHub shows nothing of them to this sign-in:{" "}
          {leftOut.map(({ ownerId, login, signOnUrl }, index) => (
            <span key={ownerId}>
              {index > 0 && ", "}
              {signOnUrl ? <Outward href={signOnUrl}>{login}</Outward> : `the organization ${ownerId}`}
            </span>
          ))}
          . Sign on there, and then sign in to Zekt again.
        </>
      }
    />
  );
}
