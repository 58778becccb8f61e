import { describe, expect, test } from "vitest";
import { parseZektFile } from "../../../app/domain/zekt-yml/read-zekt-file.ts";
import { growthAtDoubling } from "../../support/growth.ts";

const problemsOf = (text: string): string[] =>
  parseZektFile(text).problems.map(({ line, message }) => `${line}: ${message}`);

const PROVIDER = `version: 1
provider:
  workflows:
    - .github/workflows/release.yml
`;

test("a file that says no more than its version is good", () => {
  expect(parseZektFile("version: 1\n")).toMatchObject({ file: { version: 1 }, problems: [] });
});

test("what is left out is filled in", () => {
  const { file } = parseZektFile(`${PROVIDER}  services:
    - slug: releases
      workflow: .github/workflows/release.yml
consumer:
  subscriptions:
    - service: globex/feed/nightly
`);
  expect(file?.provider?.services[0]).toMatchObject({
    visibility: "organization",
    published: true,
    "event-types": [],
    approve: [],
  });
  expect(file?.provider?.approvals).toEqual([]);
  expect(file?.consumer).toMatchObject({
    tracking: false,
    subscriptions: [{ workflow: null, durable: false }],
  });
});

describe("what is wrong comes with its line", () => {
  test.each([
    ["an empty file", "", ["1: The file is empty; it has at least the line version: 1."]],
    ["comments alone", "# later\n", ["1: The file is empty; it has at least the line version: 1."]],
    ["a list", "- a\n", ["1: The file must be keys with their values, beginning with the line version: 1."]],
    [
      "a key as the API writes it",
      `${PROVIDER}  runFields: []\nconsumer_s:\n`,
      [
        "5: provider.runFields: there is no such key; keys are written in lower case, with hyphens",
        "6: consumer_s: there is no such key; keys are written in lower case, with hyphens. Is consumer meant?",
      ],
    ],
    [
      "misspelt keys of lists' entries, and one as the API writes it where the file has it",
      `${PROVIDER}  services:\n    - slgu: a\n      workflow: .github/workflows/release.yml\n      types: [{ nam: a }]\nconsumer:\n  subscriptions: [{ eventTypes: [] }]\n`,
      [
        "6: provider.services[0].slug: is missing",
        "6: provider.services[0].slgu: there is no such key. Is slug meant?",
        "8: provider.services[0].types[0].name: is missing",
        "8: provider.services[0].types[0].nam: there is no such key. Is name meant?",
        "10: consumer.subscriptions[0].service: is missing",
        "10: consumer.subscriptions[0].eventTypes: there is no such key; keys are written in lower case, with hyphens. Is event-types meant?",
      ],
    ],
    ["another version", "# mine\nversion: 2\n", ["2: version: must be 1"]],
    ["a missing version", "consumer: {}\n", ["1: version: must be 1"]],
    [
      "a key that is not known",
      `${PROVIDER}  servces: []\nconsumers:\nid: 1\n`,
      [
        "5: provider.servces: there is no such key. Is services meant?",
        "6: consumers: there is no such key. Is consumer meant?",
        "7: id: there is no such key",
      ],
    ],
    [
      "a value of the wrong kind",
      "version: 1\nprovider:\n  workflows: .github/workflows/release.yml\n",
      ["3: provider.workflows: must be a list, each entry after a hyphen"],
    ],
    [
      "text in UTF-16, as PowerShell writes it",
      Buffer.from("\ufeffversion: 1\r\n", "utf16le").toString(),
      [
        "1: The file is not UTF-8: it may be UTF-16, as > of Windows PowerShell writes it. Write it as UTF-8.",
      ],
    ],
    [
      "yes for true, a number for a text, a section without keys, and nothing for a text",
      `${PROVIDER}  services:\n    - slug: a\n      workflow: .github/workflows/release.yml\n      branches: [1.0, true]\n      alias: [x]\n      description:\n      forks: yes\n    - b\nconsumer: yes\n`,
      [
        "8: provider.services[0].branches[0]: must be a text: put it in quotes",
        "8: provider.services[0].branches[1]: must be a text: put it in quotes",
        "9: provider.services[0].alias: must be a text",
        "10: provider.services[0].description: must be a text, and has no value",
        "11: provider.services[0].forks: must be true or false",
        "12: provider.services[1]: must be a section with keys of its own",
        "13: consumer: must be a section with keys of its own",
      ],
    ],
    [
      "a path that is no workflow's",
      "version: 1\nprovider:\n  workflows:\n    - .github/workflows/a.yml\n    - release.yml\n",
      ["5: provider.workflows[1]: must be a path such as .github/workflows/release.yml"],
    ],
    [
      "a missing key of a list's entry",
      `${PROVIDER}  services:\n    - slug: a\n      workflow: .github/workflows/release.yml\n    - slug: b\n`,
      ["8: provider.services[1].workflow: is missing"],
    ],
    [
      "a branch pattern that is not understood",
      `${PROVIDER}  services:\n    - slug: a\n      workflow: .github/workflows/release.yml\n      branches:\n        - main\n        - "v[!1]"\n`,
      [
        "10: provider.services[0].branches[1]: must have letters, digits and ranges in [ ], not !, at character 2",
      ],
    ],
  ])("%s", (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  test.each([
    ["yess", "6: consumer.subscriptions[0].durable: must be true, false or settings"],
    ["{ max-attempts: 0 }", "6: consumer.subscriptions[0].durable.max-attempts: must be 1 or more"],
    [
      "{ attempts: 3 }",
      "6: consumer.subscriptions[0].durable.attempts: there is no such key. Is max-attempts meant?",
    ],
    [
      "{ confirm-within: 10 }",
      "6: consumer.subscriptions[0].durable.confirm-within: must be a time such as 30s, 10m, 6h or 2d",
    ],
    [
      "{ confirm-within: ten }",
      "6: consumer.subscriptions[0].durable.confirm-within: must be a time such as 30s, 10m, 6h or 2d",
    ],
    [
      "{ confirm-within: 59s }",
      "6: consumer.subscriptions[0].durable.confirm-within: must be at least 60 seconds",
    ],
    [
      "{ complete-within: 8d }",
      "6: consumer.subscriptions[0].durable.complete-within: must be at most 604800 seconds",
    ],
  ])("durable settings: %s", (durable, problem) => {
    const text = `version: 1\nconsumer:\n  tracking: true\n  subscriptions:\n    - service: a/b/c\n      durable: ${durable}\n`;
    expect(problemsOf(text)).toEqual([problem]);
  });

  test.each([
    ["an indent by tabs", "version: 1\nconsumer:\n\ttracking: true\n", /^3: Tabs are not allowed/],
    [
      "a key twice",
      "version: 1\nversion: 1\n",
      /^2: The key version is there already; remove one of the two/,
    ],
    ["a list that is not closed", "version: 1\nconsumer: [\n", /^\d: /],
    ["two documents", "version: 1\n---\nversion: 1\n", /^2: The file must hold one document/],
    [
      "an alias without its anchor",
      "version: 1\nconsumer: *mine\n",
      /^2: There is no anchor &mine before this/,
    ],
    ["a tag that is not known", "version: 1\nconsumer: !mine {}\n", /^2: Unresolved tag: !mine/],
  ])("%s", (_, text, problem) => {
    const { file } = parseZektFile(text);
    expect(file).toBeNull();
    expect(problemsOf(text)[0]).toMatch(problem);
  });

  test("aliases that unfold without end are refused, not unfolded", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (const [from, to] of ["ab", "bc", "cd", "de", "ef"]) {
      bomb.push(`${to}: &${to} [${Array(10).fill(`*${from}`).join(",")}]`);
    }
    expect(problemsOf(bomb.join("\n"))).toEqual([expect.stringContaining("alias")]);
  });
});

test("a problem told later finds the line of its key, in flow and block style and behind an alias", () => {
  const { place } = parseZektFile(`version: 1
provider:
  workflows: [.github/workflows/a.yml,
    .github/workflows/b.yml]
  services:
    - &first
      slug: a
      workflow: .github/workflows/a.yml
      approve:
        - globex
        - initech
`);
  const lineOf = (...path: PropertyKey[]) => place({ path, message: "" }).line;
  expect(lineOf("provider", "workflows", 1)).toBe(4);
  expect(lineOf("provider", "services", 0, "slug")).toBe(7);
  expect(lineOf("provider", "services", 0, "approve", 1)).toBe(11);
  expect(lineOf("provider", "services", 0, "alias")).toBe(7);
  expect(lineOf("provider", "approvals")).toBe(2);
  expect(lineOf()).toBe(1);
});

test("every mistake in a list that is too long is told on its line", () => {
  const branches = Array.from({ length: 21 }, (_, n) => `        - ${n === 3 ? '"v[!1]"' : `b${n}`}\n`).join(
    "",
  );
  const text = `${PROVIDER}  services:\n    - slug: a\n      workflow: .github/workflows/release.yml\n      branches:\n${branches}`;
  expect(problemsOf(text)).toEqual([
    "8: provider.services[0].branches: must have at most 20 entries",
    "12: provider.services[0].branches[3]: must have letters, digits and ranges in [ ], not !, at character 2",
  ]);
});

test("a name that is longer than any is reported on its line: it would be a key that no table takes", () => {
  const path = `.github/workflows/${"ä".repeat(190)}.yml`;
  const repository = `globex/${"x".repeat(194)}`;
  const text = `${PROVIDER}    - ${path}
  services: [{ slug: releases, workflow: .github/workflows/release.yml }]
  approvals:
    - { service: releases, repository: ${repository}, decision: approve }
`;
  expect(problemsOf(text)).toEqual([
    "5: provider.workflows[1]: must have at most 400 bytes",
    "8: provider.approvals[0].repository: must have at most 200 characters",
  ]);
  expect(problemsOf(text.replace("ää", "ä").replace("xx", "x"))).toEqual([]);
});

test("a file that is too large is refused by its size", () => {
  expect(problemsOf(`version: 1\n#${"x".repeat(128 * 1024)}\n`)).toEqual([
    "1: The file must have at most 131072 bytes; it has 131085.",
  ]);
});

test("a file nested deeper than can be read is refused, in words of its own", () => {
  const { file, problems } = parseZektFile(
    `version: 1\nprovider: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`,
  );
  expect(file).toBeNull();
  expect(problems).toEqual([
    { line: 2, column: expect.any(Number), message: "The file must not be nested so deeply." },
  ]);
});

test("an alias is refused where it stands", () => {
  expect(problemsOf("version: &one 1\nconsumer:\n  tracking: *one\n")).toEqual([
    "3: The file must not use aliases such as *one; write out what it stands for.",
  ]);
});

test("a key that is a list is refused, with nothing on the server's stderr", async () => {
  const warnings: Error[] = [];
  const listen = (warning: Error): void => void warnings.push(warning);
  process.on("warning", listen);
  expect(problemsOf("version: 1\n? [a, b]\n: 1\n").length).toBeGreaterThan(0);
  await new Promise(setImmediate);
  process.off("warning", listen);
  expect(warnings).toEqual([]);
});

/** Returns what is wrong, with lines and columns. */
const placesOf = (text: string): string[] =>
  parseZektFile(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

test("what is wrong is listed by its place, whoever found it", () => {
  expect(placesOf("version: 1\nversion: 2\nb: !mine x\n")).toEqual([
    "2:1 The key version is there already; remove one of the two.",
    expect.stringMatching(/^3:4 Unresolved tag: !mine/),
  ]);
  expect(placesOf("version: 1\nconsumer: { subscriptions: 1, tracking: 1 }\n")).toEqual([
    "2:13 consumer.subscriptions: must be a list, each entry after a hyphen",
    "2:31 consumer.tracking: must be true or false",
  ]);
});

test("of mistakes in the YAML ten are listed", () => {
  const text = Array.from({ length: 12 }, (_, n) => `a: ${n}\n`).join("");
  expect(placesOf(text)).toEqual(
    Array.from({ length: 10 }, (_, n) => `${n + 2}:1 The key a is there already; remove one of the two.`),
  );
});

test.each(["{ x: 1 }", "[1]", "1"])("an alias of %s is refused as one, as its anchor is there", (value) => {
  expect(placesOf(`a: &mine ${value}\nb: *mine\n`)).toEqual([
    "2:4 The file must not use aliases such as *mine; write out what it stands for.",
  ]);
});

test("two keys that are lists are none that repeat", () => {
  expect(placesOf("version: 1\n? [a]\n: 1\n? [b]\n: 2\n")).toEqual([
    "1:1 [ a ]: there is no such key",
    "1:1 [ b ]: there is no such key",
  ]);
});

test("settings with mistakes of several kinds are still settings", () => {
  const settings = "{ confirm-within: 10, attempts: 3 }";
  expect(
    placesOf(`version: 1\nconsumer:\n  subscriptions:\n    - service: a/b/c\n      durable: ${settings}\n`),
  ).toEqual([
    "5:18 consumer.subscriptions[0].durable.confirm-within: must be a time such as 30s, 10m, 6h or 2d",
    "5:38 consumer.subscriptions[0].durable.attempts: there is no such key. Is max-attempts meant?",
  ]);
});

test("a place that the file does not have is that of what would hold it, and one behind an alias its anchor's", () => {
  const { place } = parseZektFile(`version: 1
provider:
  services:
    - &one { slug: a,
        workflow: b }
    - *one
`);
  const placeOf = (...path: PropertyKey[]) => {
    const { line, column } = place({ path, message: "" });
    return `${line}:${column}`;
  };
  expect(placeOf("provider", "services", 1, "workflow")).toBe("5:9");
  expect(placeOf("provider", "services", 7)).toBe("3:3");
  expect(placeOf("version", "deeper")).toBe("1:1");
});

test("a file may have 128 KiB, and where it has more all that is wrong is at its start", () => {
  const ofBytes = (bytes: number): string => `version: 1\n#${"x".repeat(bytes - 13)}\n`;
  expect(placesOf(ofBytes(128 * 1024))).toEqual([]);
  const { file, place } = parseZektFile(ofBytes(128 * 1024 + 1));
  expect(file).toBeNull();
  expect(place({ path: ["provider"], message: "odd" })).toEqual({ line: 1, column: 1, message: "odd" });
});

// Fixed widths, so that twice the number is twice the text.
const lines = (count: number, line: (n: string) => string): string =>
  Array.from({ length: count }, (_, n) => line(String(n).padStart(5, "0"))).join("");

test.each<[string, (count: number) => string]>([
  ["keys that are not there", (count) => `version: 1\n${lines(count, (n) => `k${n}: 1\n`)}`],
  ["comments", (count) => `version: 1\nconsumer:\n${lines(count, (n) => `  # about ${n}\n`)}`],
  ["list items", (count) => `version: 1\nlist:\n${lines(count, (n) => `  - "a${n}"\n`)}`],
  ["aliases", (count) => `version: &one 1\nlist:\n${lines(count, () => "  - *one\n")}`],
  ["anchors", (count) => `version: 1\nlist:\n${lines(count, (n) => `  - &a${n} 1\n`)}`],
  ["keys that repeat", (count) => `version: 1\n${lines(count, () => "key00: 1\n")}`],
  ["flow entries", (count) => `version: 1\nlist: {${lines(count, (n) => `a${n}: 1, `)}b: 1}\n`],
  ["lines of a text", (count) => `version: 1\ntext: |\n${lines(count, (n) => `  line ${n}\n`)}`],
  [
    "services with a mistake each",
    (count) =>
      `version: 1\nprovider:\n  services:\n${lines(count / 4, (n) => `    - slug: s${n}\n      odd: x\n`)}`,
  ],
])("twice the %s take twice the time to read, within 1.3", { timeout: 60_000 }, (_, textOf) => {
  expect(growthAtDoubling(textOf, 1000, parseZektFile, 20)).toBeLessThan(2 * 1.3);
});
