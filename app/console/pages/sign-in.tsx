import { MarkGithubIcon } from "@primer/octicons-react";
import { LinkButton } from "@primer/react";
import { useLocation } from "react-router";

/** Asks a visitor to sign in, with the way back to the page they asked for. */
export default function SignIn() {
  const { pathname, search } = useLocation();
  const here = `/console${pathname}${search}`;
  return (
    <main className="page">
      <div className="empty">
        <MarkGithubIcon size="medium" />
        <h1>Sign in to Zekt</h1>
        <div className="muted">
          Zekt shows you the repositories on which you have a role, and lets you change those that you
          maintain.
        </div>
        <LinkButton variant="primary" href={`/console/sign-in?return_to=${encodeURIComponent(here)}`}>
          Sign in with GitHub
        </LinkButton>
      </div>
    </main>
  );
}
