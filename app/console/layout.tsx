import { MoonIcon, SignOutIcon, SunIcon, TriangleDownIcon } from "@primer/octicons-react";
import { Button } from "@primer/react";
import type { ReactNode } from "react";
import { Link, useLocation } from "react-router";
import { useLive } from "./api/live.ts";
import { useChange } from "./api/queries.ts";
import { useSession } from "./sign-in/session.ts";
import { Boundary } from "./ui/boundary.tsx";
import { saveMode, useDark } from "./ui/color-mode.ts";
import { Keyboard } from "./ui/keyboard.tsx";
import { Menu } from "./ui/menu.tsx";
import { Notice } from "./ui/notice.tsx";
import { webAddress } from "./ui/outward.tsx";
import { LinkBar } from "./ui/tabs.tsx";

const PAGES = [
  ["/", "Overview"],
  ["/provider", "Provider"],
  ["/consumer", "Consumer"],
  ["/directory", "Directory"],
  ["/connections", "My connections"],
  ["/usage", "Usage"],
] as const;

/** Draws the frame around every page: the navigation and the signed-in user. */
export function Layout({ children }: { children: ReactNode }) {
  const { pathname } = useLocation();
  const isHere = (to: string): boolean => (to === "/" ? pathname === "/" : pathname.startsWith(to));
  return (
    <>
      <a href="#content" className="open skip">
        Skip to content
      </a>
      <header className="top">
        <Link to="/" className="brand">
          Zekt
        </Link>
        <span className="grow" />
        <Colours />
        <Account />
      </header>
      <LinkBar label="Pages" links={PAGES.map(([to, name]) => ({ to, name, isHere: isHere(to) }))} />
      <main id="content" className="page" tabIndex={-1}>
        <Offline />
        <Boundary page={pathname}>{children}</Boundary>
      </main>
      <Keyboard />
    </>
  );
}

/** Says that what is shown may be old, while there is no network. */
function Offline() {
  const { isOnline } = useLive();
  if (isOnline) return null;
  return <Notice variant="warning" title="You are offline. What is shown may be out of date." />;
}

function Colours() {
  const isDark = useDark();
  return (
    <Button
      variant="invisible"
      leadingVisual={isDark ? SunIcon : MoonIcon}
      onClick={() => saveMode(isDark ? "light" : "dark")}
    >
      {isDark ? "Light" : "Dark"}
    </Button>
  );
}

function Account() {
  const { login, avatarUrl } = useSession();
  const signOut = useChange(() => location.assign("/console/"));
  return (
    <Menu
      label={`Signed in as ${login}`}
      button={
        <>
          <img className="avatar" src={webAddress(avatarUrl) ?? "data:,"} alt="" />
          <span>{login}</span>
          <TriangleDownIcon />
        </>
      }
      items={[
        { name: "API", href: "/api/docs" },
        {
          name: "Sign out",
          icon: <SignOutIcon />,
          onSelect: () => signOut.mutate({ method: "POST", path: "/console/sign-out" }),
        },
      ]}
    />
  );
}
