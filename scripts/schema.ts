import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { zektFileJsonSchema } from "../app/domain/zekt-yml/zekt-file-schema.ts";
import { configurationPage } from "./configuration-page.ts";

const program = new Command("npm run schema --")
  .description(
    "Writes docs/zekt.schema.json, the JSON Schema of .github/zekt.yml, and docs/configuration.md, the reference of all settings.",
  )
  .option("--check", "write nothing; fail where what is committed is stale")
  .parse();
const { check } = program.opts<{ check?: boolean }>();

/** The generated files, by path. */
const files: Record<string, string> = {
  "docs/zekt.schema.json": `${JSON.stringify(zektFileJsonSchema(), null, 2)}\n`,
  "docs/configuration.md": configurationPage(),
};
for (const [path, text] of Object.entries(files)) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (check) {
    process.stderr.write(`${path} is stale: run \`npm run schema\` and commit what it writes.\n`);
    process.exitCode = 1;
  } else writeFileSync(file, text);
}
