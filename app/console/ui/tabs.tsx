import { Link } from "react-router";

interface TabsProps {
  label: string;
  base: string;
  current: string;
  tabs: readonly (readonly [path: string, name: string, count?: number | undefined])[];
}

/** Returns the name of a page's part by its path; `undefined` where there is no such part. */
export const partOf = (tabs: readonly (readonly [path: string, name: string])[], path: string) =>
  tabs.find(([one]) => one === path)?.[1];

/** The parts of a page, each with an address of its own. */
export const Tabs = ({ label, base, current, tabs }: TabsProps) => (
  <LinkBar
    label={label}
    links={tabs.map(([path, name, count]) => ({
      to: path === "" ? base : `${base}/${path}`,
      name,
      isHere: path === current,
      count,
    }))}
  />
);

interface LinkBarProps {
  label: string;
  links: readonly { to: string; name: string; isHere: boolean; count?: number | undefined }[];
}

/** Links in a bar, of which one is where the reader is. On a narrow screen they take several lines. */
export const LinkBar = ({ label, links }: LinkBarProps) => (
  <nav className="links" aria-label={label}>
    <ul>
      {links.map(({ to, name, isHere, count }) => (
        <li key={to}>
          <Link to={to} {...(isHere ? { "aria-current": "page" as const } : {})}>
            {name}
            {count !== undefined && <span className="count">{count}</span>}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
);
