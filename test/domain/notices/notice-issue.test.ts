import { expect, test } from "vitest";
import { ISSUE_MARKER, issueText } from "../../../app/domain/notices/notice-issue.ts";
import { retryAt } from "../../../app/domain/notices/notice-retry.ts";
import type { Notice } from "../../../app/domain/records/notice.ts";
import { buildNotice } from "./build-notice.ts";

const ADDRESS = "https://zekt.example";
const inPrivate = { isPublic: false, address: ADDRESS };

test("where all is well there is no issue", () => {
  expect(issueText([], inPrivate)).toBeNull();
});

test("an issue tells what happened by kind, with what it takes to see to it", () => {
  const text = issueText([buildNotice(), buildNotice({ kind: "permission-lost" })], inPrivate);
  expect(text?.title).toBe("Zekt: 2 things need your attention");
  expect(text?.body).toContain(ISSUE_MARKER);
  expect(text?.body.indexOf("Permission lost (1)")).toBeLessThan(
    text?.body.indexOf("Deliveries that failed (1)") ?? -1,
  );
  expect(text?.body).toContain("`delivery-1` · `acme/releases` · `GitHub answered 503.`");
});

test("of many of a kind the last ten are told, and the number of the others", () => {
  const many = Array.from({ length: 25 }, (_, n) =>
    buildNotice({
      subject: `delivery-${n}`,
      deliveryId: `delivery-${n}`,
      at: `2026-01-01T00:00:${n + 10}.000Z`,
    }),
  );
  const body = issueText(many, inPrivate)?.body ?? "";
  expect(body.match(/^- since/gm)).toHaveLength(10);
  expect(body).toContain("`delivery-24`");
  expect(body).toContain("- and 15 more");
});

test("in a public repository it names neither others nor what went wrong", () => {
  const notice = buildNotice({ other: "initech/secret" });
  const body = issueText([notice], { isPublic: true, address: ADDRESS })?.body;
  expect(body).toContain("`delivery-1`");
  expect(body).not.toMatch(/acme|initech|503/);
});

test("others' words mention nobody and make no link, heading or comment", () => {
  const reason = "`@octocat`\n\n# look <!-- [here](https://evil.example)";
  const body = issueText([buildNotice({ reason })], inPrivate)?.body;
  expect(body).toContain("`'@octocat' # look <!-- [here](https://evil.example)`");
});

test("a webhook is tried ten times over three days, later where its receiver says so", () => {
  let now = 0;
  let tries = 1;
  for (let at = retryAt(tries, null, now, () => 0); at !== null; at = retryAt(++tries, null, now, () => 0))
    now = at;
  expect(tries).toBe(10);
  expect(now / 3_600_000).toBeCloseTo(75.6, 0);
  expect(retryAt(1, 120, 0, () => 0)).toBe(120_000);
});

test("each kind has its heading and says what to do, those that need most first, and no kind without a notice", () => {
  const kinds = [
    "access-requested",
    "runs-missed",
    "dead-letter",
    "connection-paused",
    "permission-lost",
  ] as const;
  const text = issueText(
    kinds.map((kind) => buildNotice({ kind })),
    inPrivate,
  );
  const parts = text?.body.split("\n\n") ?? [];
  expect(parts[0]).toBe("<!-- zekt:notifications -->");
  expect(parts.filter((part) => part.startsWith("###"))).toEqual([
    "### Permission lost (1)",
    "### Paused connections (1)",
    "### Deliveries that failed (1)",
    "### Missed runs (1)",
    "### Requests for access (1)",
  ]);
  // Heading, sentence and lines of each, between the marker and the last sentence.
  expect(parts).toHaveLength(17);
  for (const advice of [
    /^The App cannot/,
    /resumes by itself/,
    /Replay them/,
    /Run their workflows again/,
    /asks for/,
  ])
    expect(parts.filter((part) => advice.test(part))).toHaveLength(1);
  expect(parts.at(-1)).toBe(
    "Zekt keeps this issue up to date and closes it when all is well: https://zekt.example",
  );
  expect(issueText([buildNotice()], inPrivate)?.body.match(/^###/gm)).toHaveLength(1);
});

test("of ten of a kind none is left out, and the last comes first", () => {
  const ten = Array.from({ length: 10 }, (_, n) => buildNotice({ deliveryId: `d${n}`, at: `2026-01-0${n}` }));
  const text = issueText(ten, inPrivate);
  const ids = [...(text?.body.matchAll(/`d(\d)`/g) ?? [])].map(([, id]) => id);
  expect(ids).toEqual(["9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
  expect(text?.body).not.toMatch(/more$/m);
  expect(issueText([buildNotice()], inPrivate)?.title).toBe("Zekt: something needs your attention");
});

test("a notice is named by its delivery, else by its connection, and without what it does not know", () => {
  const line = (change: Partial<Notice>, isPublic = false): string | undefined =>
    issueText([buildNotice(change)], { isPublic, address: ADDRESS })?.body.match(/^- .*$/m)?.[0];
  const since = "- since 2026-01-01T00:00:00.000Z";
  expect(line({ deliveryId: null })).toBe(
    `${since} · \`subscription-1\` · \`acme/releases\` · \`GitHub answered 503.\``,
  );
  expect(line({ deliveryId: null, subscriptionId: null, service: null })).toBe(
    `${since} · \`GitHub answered 503.\``,
  );
  expect(line({ deliveryId: null, subscriptionId: null }, true)).toBe(since);
});
