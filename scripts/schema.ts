import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { zektFileJsonSchema } from "../app/domain/zekt-file-schema.ts";

const program = new Command("npm run schema --")
  .description("Writes docs/zekt.schema.json, the JSON Schema of .github/zekt.yml, for editors to check by.")
  .option("--check", "write nothing; fail where the committed schema is stale")
  .parse();

const path = fileURLToPath(new URL("../docs/zekt.schema.json", import.meta.url));
const text = `${JSON.stringify(zektFileJsonSchema(), null, 2)}\n`;
const same = existsSync(path) && readFileSync(path, "utf8") === text;
if (program.opts<{ check?: boolean }>().check) {
  if (!same)
    process.stderr.write("docs/zekt.schema.json is stale: run `npm run schema` and commit what it writes.\n");
  process.exitCode = same ? 0 : 1;
} else if (!same) writeFileSync(path, text);
