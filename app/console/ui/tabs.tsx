import { UnderlineNav } from "@primer/react";
import { Link } from "react-router";

interface TabsProps {
  label: string;
  base: string;
  current: string;
  tabs: readonly (readonly [path: string, name: string, count?: number | undefined])[];
}

/** The parts of a page, each with an address of its own. */
export const Tabs = ({ label, base, current, tabs }: TabsProps) => (
  <UnderlineNav aria-label={label} variant="flush">
    {tabs.map(([path, name, count]) => (
      <UnderlineNav.Item
        key={path}
        as={Link}
        to={path === "" ? base : `${base}/${path}`}
        {...(path === current ? { "aria-current": "page" as const } : {})}
        {...(count === undefined ? {} : { counter: count })}
      >
        {name}
      </UnderlineNav.Item>
    ))}
  </UnderlineNav>
);
