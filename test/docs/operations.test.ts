import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { billText, measuredCost } from "../../bench/support/bill.ts";
import { readCharts } from "../../bench/support/charts.ts";
import type { Figures } from "../../bench/support/figures.ts";
import { performanceText } from "../../bench/support/figures-text.ts";
import { written } from "../../bench/support/written.ts";
import { alarmsOf } from "../../deploy/alarms.ts";
import { resourcesOf } from "../../deploy/resources.ts";
import { codeIn, ROOT, readDocument } from "./documents.ts";

const { text } = readDocument("docs/operations.md");
const figures = JSON.parse(readFileSync(`${ROOT}bench/results.json`, "utf8")) as Figures;

describe("the alarms of operations.md", () => {
  const deployed = Object.values(resourcesOf("prod") as Record<string, { Type: string; Properties: object }>)
    .filter(({ Type }) => Type === "AWS::CloudWatch::Alarm")
    .map(({ Properties }) => (Properties as { AlarmName: string }).AlarmName.replace("zekt-prod-", ""));
  const [, section = ""] = /^## Alarms\n([\s\S]*?)^## /m.exec(text) ?? [];
  const rows = [...section.matchAll(/^\| (`.+?) \| (.*) \| (.*) \|$/gm)].map(
    ([, names = "", means = "", does = ""]) => ({ names: codeIn(names), means, does }),
  );
  const told = rows.flatMap(({ names }) => names);

  test("are those that are deployed, each told once", () => {
    expect(deployed.length).toBeGreaterThan(10);
    expect(told.toSorted()).toEqual(deployed.toSorted());
  });

  test("say what they mean and what to do", () => {
    expect(rows.filter(({ means, does }) => means.trim() === "" || does.trim() === "")).toEqual([]);
  });

  test("send nobody to an alarm that there is not", () => {
    const sentTo = rows
      .flatMap(({ does }) => codeIn(does))
      .filter((name) => /^([A-Z][a-z]+){2,}$/.test(name));
    expect(sentTo.length).toBeGreaterThan(1);
    expect(sentTo.filter((name) => !deployed.includes(name))).toEqual([]);
  });

  const above = Object.entries(alarmsOf("prod")).filter(
    ([, { threshold, below }]) => threshold > 0 && !below,
  );
  const below = Object.entries(alarmsOf("prod")).filter(([, one]) => one.below);
  test.each(below)("tell how long %s waits for a figure", (id, { period, periods }) => {
    const { means } = rows.find(({ names }) => names.includes(id.replace(/Alarm$/, ""))) ?? {};
    expect(means).toContain(`in ${(period * periods) / 60} minutes`);
  });

  test.each(above)("tell the threshold of %s", (id, { metric, threshold }) => {
    const { means } = rows.find(({ names }) => names.includes(id.replace(/Alarm$/, ""))) ?? {};
    expect(means).toContain(
      metric === "ApproximateAgeOfOldestMessage"
        ? `more than ${threshold / 60} minutes`
        : `more than ${threshold} `,
    );
  });
});

test("no deployment takes back what one before was told: region and parameters stand where each finds them", () => {
  const [, guide = ""] = /^# Running Zekt on AWS\n([\s\S]*?)^## Run one machine/m.exec(text) ?? [];
  const commands = codeIn(guide).filter((code) => code.startsWith("npm run deploy"));
  expect(commands.length).toBeGreaterThan(3);
  expect(commands.filter((command) => /--(?:region|param)/.test(command))).toEqual([]);
  const { provider, params } = parse(readFileSync(`${ROOT}serverless.yml`, "utf8"));
  expect(provider.region).toContain("env:AWS_REGION");
  expect(guide).toContain("export AWS_REGION=");
  const set = [...guide.matchAll(/`(\w+): [^`]+`/g)].map(([, name]) => name);
  expect(set).toEqual(["routingConcurrency", "deliveryConcurrency", "publicUrl"]);
  expect(Object.keys(params.default)).toEqual(expect.arrayContaining(set));
});

test("a restore takes the worker off its queues, and backs up what replaces a table", () => {
  const [, section = ""] = /^## Restore a table\n([\s\S]*?)^## /m.exec(text) ?? [];
  const places = [
    "update-event-source-mapping --no-enabled",
    "put-function-concurrency",
    "restore-table-to-point-in-time",
    "create-backup",
    "delete it",
    "restore-table-from-backup",
    "delete-function-concurrency",
    "`--enabled`",
  ].map((step) => section.indexOf(step));
  expect(places).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
});

test("a table that an earlier version does not know is imported before the newer one is deployed again", () => {
  const [, section = ""] = /^## Upgrade\n([\s\S]*?)^### /m.exec(text) ?? [];
  const [, before = ""] = /deploy the newer version again within the hour([\s\S]*)/.exec(section) ?? [];
  expect(before).toContain("`jobs`");
  expect(before).toContain("Import resources into stack");
});

test("a first deployment that failed is removed by what empties the bucket of packages first", () => {
  const [, section = ""] = /^### Where tables are left over\n([\s\S]*?)^## /m.exec(text) ?? [];
  const [, commands = ""] = /```sh\n([\s\S]*?)```/.exec(section) ?? [];
  expect(commands).toContain("update-table");
  expect(commands).toContain("npx osls remove");
  // The stack begins with that bucket, and packages are in it before tables are made.
  expect(commands).not.toContain("delete-stack");
});

describe("the costs of operations.md", () => {
  test("are what was measured at AWS's prices: `npm run figures` writes them", () => {
    expect(text).toBe(written(text, billText(figures)));
  });

  test("come to the price that was kept with the measurement", () => {
    const kept = figures["cost: event with one delivery, price of DynamoDB, S3 and SQS"];
    expect(measuredCost(figures).sum).toBeCloseTo(kept?.value as number, 1);
  });

  test("ask for a measurement that is missing by its command", () => {
    expect(() => billText({})).toThrow("npm run bench -- cost");
  });
});

test("performance.md has what was measured: `npm run figures` writes it", () => {
  const page = readDocument("docs/performance.md").text;
  expect(page).toBe(written(page, performanceText(figures, readCharts())));
});
