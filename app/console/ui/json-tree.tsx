import { Button } from "@primer/react";
import { useMemo, useState } from "react";
import { CopyButton } from "./copy.tsx";
import { Search } from "./search.tsx";
import { bytes } from "./times.ts";

/** Members of one object or list that are drawn before the rest is asked for. */
const DRAWN = 200;
/** Levels that are open at first. */
const OPEN = 2;

/** A number as its text has it, where JavaScript would round it. */
class ExactNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

/** Parses JSON; a number that would be rounded keeps its text. */
function parse(text: string): unknown {
  const revive = (_: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" && context?.source !== undefined && String(value) !== context.source
      ? new ExactNumber(context.source)
      : value;
  return JSON.parse(text, revive as never);
}

const isBranch = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof ExactNumber);

const shown = (value: unknown): string =>
  value instanceof ExactNumber ? value.text : (JSON.stringify(value) ?? String(value));

const matches = (name: string, value: unknown, wanted: string): boolean =>
  name.toLowerCase().includes(wanted) || (!isBranch(value) && shown(value).toLowerCase().includes(wanted));

/** Collects the paths that match or lead to what matches, and counts the matches. */
function search(root: unknown, wanted: string): { paths: Set<string>; found: number } {
  const paths = new Set<string>();
  let found = 0;
  const visit = (name: string, value: unknown, path: string): boolean => {
    const own = matches(name, value, wanted);
    if (own) found++;
    let leads = false;
    if (isBranch(value))
      for (const [key, member] of Object.entries(value))
        leads = visit(key, member, `${path}/${key}`) || leads;
    if (own || leads) paths.add(path);
    return own || leads;
  };
  visit("", root, "");
  return { paths, found };
}

interface Props {
  /** The JSON, as it is copied. */
  text: string;
  name: string;
  /** Its bytes as it was sent; left out where it was sent as it is copied. */
  size?: number;
  /** An address to download it from. */
  download?: string | undefined;
  fileName?: string | undefined;
}

/** JSON as a tree that can be searched, copied and downloaded. */
export function JsonTree({ text, name, size, download, fileName }: Props) {
  const [query, setQuery] = useState("");
  const value = useMemo(() => parse(text), [text]);
  const wanted = query.trim().toLowerCase();
  const result = useMemo(() => (wanted === "" ? null : search(value, wanted)), [value, wanted]);
  return (
    <div className="form">
      <div className="bar">
        <Search label={`Find in the ${name}`} value={query} onChange={setQuery} />
        {result && <span role="status">{result.found === 1 ? "1 match" : `${result.found} matches`}</span>}
        <span className="grow" />
        <span className="muted">{bytes(size ?? new TextEncoder().encode(text).length)}</span>
        <CopyButton text={text} name={`the ${name}`} />
        {download && (
          <a href={download} download={fileName}>
            Download
          </a>
        )}
      </div>
      <div className="json mono">
        <Member
          key={wanted}
          name=""
          value={value}
          path=""
          depth={0}
          paths={result?.paths ?? null}
          wanted={wanted}
        />
      </div>
    </div>
  );
}

interface MemberProps {
  name: string;
  value: unknown;
  path: string;
  depth: number;
  /** Paths to draw; null for all. */
  paths: Set<string> | null;
  wanted: string;
}

function Member({ name, value, path, depth, paths, wanted }: MemberProps) {
  const [drawn, setDrawn] = useState(DRAWN);
  const [isOpen, setOpen] = useState(depth < OPEN || paths !== null);
  const isFound = wanted !== "" && matches(name, value, wanted);
  const label = name === "" ? null : <span className="name">{name}: </span>;
  if (!isBranch(value))
    return (
      <div className={isFound ? "found" : undefined}>
        {label}
        {shown(value)}
      </div>
    );
  const [open, close] = Array.isArray(value) ? ["[", "]"] : ["{", "}"];
  const members = Object.entries(value).filter(([key]) => paths === null || paths.has(`${path}/${key}`));
  if (Object.keys(value).length === 0)
    return (
      <div className={isFound ? "found" : undefined}>
        {label}
        {open}
        {close}
      </div>
    );
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className={isFound ? "found" : undefined}>
        {label}
        {open} <span className="muted">{Object.keys(value).length}</span> {close}
      </summary>
      {isOpen && (
        <div className="members">
          {members.slice(0, drawn).map(([key, member]) => (
            <Member
              key={key}
              name={key}
              value={member}
              path={`${path}/${key}`}
              depth={depth + 1}
              paths={paths}
              wanted={wanted}
            />
          ))}
          {members.length > drawn && (
            <Button size="small" onClick={() => setDrawn(drawn + DRAWN)}>
              {members.length - drawn} more
            </Button>
          )}
        </div>
      )}
    </details>
  );
}
