import { cutText } from "../cut-text.ts";
import type { Notice, NoticeKind } from "../records/notice.ts";

/** By this the issue is found again where its number was lost. */
export const ISSUE_MARKER = "<!-- zekt:notifications -->";
/** Entries told one by one; of what is more only the number is told. */
const SHOWN = 10;

const HEADINGS: Record<NoticeKind, [title: string, what: string]> = {
  "permission-lost": ["Permission lost", "The App cannot do its work here any more."],
  "connection-paused": [
    "Paused connections",
    "Too many deliveries failed in a row. What comes waits and is tried now and then; it resumes by itself.",
  ],
  "dead-letter": [
    "Deliveries that failed",
    "Their attempts are spent. Replay them, or close this issue to let them be.",
  ],
  "runs-missed": [
    "Missed runs",
    "GitHub could not tell Zekt of these runs, and does not list them any more. Run their workflows again where their events matter, then close this issue.",
  ],
  "access-requested": ["Requests for access", "Somebody asks for a service of this repository."],
};

const ORDER = Object.keys(HEADINGS) as NoticeKind[];

export interface IssueText {
  title: string;
  body: string;
}

/** Others' words as code, so that they neither mention anybody nor make a link. */
const code = (text: string): string =>
  `\`${cutText(text.replaceAll("`", "'").replaceAll(/\s+/g, " "), 300)}\``;

/**
 * The one issue that tells a repository's people what they have to see to; null where all is well. In a
 * public repository everybody reads it, so there it names neither others nor what went wrong at them.
 */
export function issueText(
  notices: readonly Notice[],
  { isPublic, address }: { isPublic: boolean; address: string },
): IssueText | null {
  if (notices.length === 0) return null;
  const sections = ORDER.flatMap((kind) => {
    const all = notices.filter((one) => one.kind === kind).sort((a, b) => (a.at < b.at ? 1 : -1));
    if (all.length === 0) return [];
    const [title, what] = HEADINGS[kind];
    const more = all.length > SHOWN ? [`- and ${all.length - SHOWN} more`] : [];
    const lines = all.slice(0, SHOWN).map((one) => lineOf(one, isPublic));
    return [`### ${title} (${all.length})\n\n${what}\n\n${[...lines, ...more].join("\n")}`];
  });
  const end = `Zekt keeps this issue up to date and closes it when all is well: ${address}`;
  return {
    title: `Zekt: ${notices.length === 1 ? "something needs" : `${notices.length} things need`} your attention`,
    body: [ISSUE_MARKER, ...sections, end].join("\n\n"),
  };
}

function lineOf(
  { at, subscriptionId, deliveryId, service, other, reason }: Notice,
  isPublic: boolean,
): string {
  const ids = [deliveryId ?? subscriptionId].filter((one) => one !== null).map(code);
  const names = isPublic ? [] : [service, other].filter((one) => one !== null).map(code);
  const said = isPublic ? [] : [code(reason)];
  return `- ${[`since ${at}`, ...ids, ...names, ...said].join(" · ")}`;
}
