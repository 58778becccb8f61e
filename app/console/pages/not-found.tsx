import { Link, useLocation } from "react-router";
import { PageTitle } from "../ui/heading.tsx";

/** Says that an address leads nowhere, as a mistyped one or an old link. */
export default function NotFound() {
  const { pathname } = useLocation();
  return (
    <>
      <PageTitle title="No such page" text={`The console has no page ${pathname}.`} />
      <p>
        Correct the address, or go to the <Link to="/">overview</Link>.
      </p>
    </>
  );
}
