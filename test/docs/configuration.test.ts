import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schema } from "../../app/main/config.ts";
import { configurationPage } from "../../scripts/configuration-page.ts";
import { ROOT, readDocument } from "./documents.ts";

const settings = Object.keys(schema.shape).sort();

test(".env.example lists every setting and no other", () => {
  const listed = [...readFileSync(`${ROOT}.env.example`, "utf8").matchAll(/^([A-Z_]+)=/gm)];
  expect(listed.map(([, name]) => name).sort()).toEqual(settings);
});

test("docs/configuration.md is what the schemas say: `npm run schema` writes it", () => {
  expect(readDocument("docs/configuration.md").text).toBe(configurationPage());
});

test("a document names no setting that there is not", () => {
  const others = /^(APP_SETTINGS|ZEKT_(API_URL|FUZZ|STAGE|WEBHOOK_SECRET))$/;
  const named = ["provider-guide", "consumer-guide", "quick-start", "troubleshooting", "migrating-from-a-pat"]
    .map((name) => readDocument(`docs/${name}.md`).text)
    .flatMap((text) => text.match(/\bZEKT_[A-Z_]+\b/g) ?? []);
  expect(named.filter((name) => !settings.includes(name) && !others.test(name))).toEqual([]);
});
