import { MarkGithubIcon } from "@primer/octicons-react";
import { Blankslate } from "@primer/react/experimental";
import { useLocation } from "react-router";

/** What somebody sees who is not signed in, with the way back to where they wanted to go. */
export function SignIn() {
  const { pathname, search } = useLocation();
  const here = `/console${pathname}${search}`;
  return (
    <main className="page">
      <Blankslate border spacious>
        <Blankslate.Visual>
          <MarkGithubIcon size="medium" />
        </Blankslate.Visual>
        <Blankslate.Heading as="h1">Sign in to Zekt</Blankslate.Heading>
        <Blankslate.Description>
          Zekt shows you the repositories on which you have a role, and lets you change those that you
          maintain.
        </Blankslate.Description>
        <Blankslate.PrimaryAction href={`/console/sign-in?return_to=${encodeURIComponent(here)}`}>
          Sign in with GitHub
        </Blankslate.PrimaryAction>
      </Blankslate>
    </main>
  );
}
