import { expect, test } from "vitest";
import { EXIT } from "../../cli/exit.ts";
import { processIo } from "../../cli/io.ts";
import { programOf } from "../../cli/program.ts";
import { runZekt } from "../cli/run-zekt.ts";
import { checkZekt } from "./check-zekt.ts";
import { readDocument } from "./documents.ts";

const { blocks } = readDocument("docs/cli.md");
const printed = (shape: string): string[] =>
  blocks.filter((block) => block.shape === shape).map(({ text }) => text);

const COMMANDS = [[], ...programOf(processIo()).commands.map((command) => [command.name()])];

test("docs/cli.md has the help of every command, word for word, and no other", async () => {
  const helps = await Promise.all(COMMANDS.map(async (command) => await runZekt([...command, "--help"])));
  for (const help of helps) expect(help).toMatchObject({ code: 0, err: "" });
  expect(printed("help")).toEqual(helps.map(({ out }) => `${out.trimEnd()}\n`));
});

test.each(COMMANDS.filter((command) => command.length > 0))(
  "the help of %s has examples, whose options it has",
  async (command) => {
    const { out } = await runZekt([command, "--help"]);
    const [, examples = ""] = out.replaceAll("\\\n", "").split("Examples:\n");
    const calls = examples.match(/\bzekt .+/g) ?? [];
    expect(calls.length).toBeGreaterThan(1);
    for (const call of calls) expect(checkZekt(call), call).toEqual([]);
  },
);

test("the help names every exit code", async () => {
  const { out } = await runZekt(["--help"]);
  for (const code of Object.values(EXIT)) expect(out).toMatch(new RegExp(`^ {2}${code} {2,}\\w`, "m"));
});

test("the faults that docs/cli.md shows are printed so", async () => {
  const text = `version: 1
provider:
  workflows:
    - .github/workflows/release.yml
  services:
    - slug: releases
      workflow: .github/workflows/release.yml
      slgu: nightly
`;
  const { out, err } = await runZekt(["validate"], { files: { ".github/zekt.yml": text } });
  expect(printed("faults")).toEqual([out + err]);
});

test("a call with an option that zekt has not is found", () => {
  expect(checkZekt("zekt validate --nothing")).not.toEqual([]);
  expect(checkZekt("zekt nothing")).not.toEqual([]);
});
