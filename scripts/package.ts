import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { complaintsOf } from "../deploy/check-template.ts";
import { indexComplaints, type TemplateOfTables } from "../deploy/index-changes.ts";

const program = new Command("npm run package --")
  .description(
    "Packages what `npm run deploy` would upload, and checks its CloudFormation. Needs no account.",
  )
  .option("--stage <name>", "the stage to package for", "dev")
  .option(
    "--deployed <file>",
    "the template that is deployed, to check that one update leads from it to this",
  )
  .parse();
const { stage, deployed } = program.opts<{ stage: string; deployed?: string }>();
const root = fileURLToPath(new URL("..", import.meta.url));

const { status } = spawnSync(
  process.execPath,
  [`${root}/node_modules/osls/bin/serverless.js`, "package", "--stage", stage],
  { cwd: root, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
const templateFile = (which: string): string =>
  `${root}/.serverless/cloudformation-template-${which}-stack.json`;
const read = (file: string): TemplateOfTables => JSON.parse(readFileSync(file, "utf8")) as TemplateOfTables;
const complaints = [
  ...["create", "update"].flatMap((which) => complaintsOf(templateFile(which))),
  ...(deployed ? indexComplaints(read(deployed), read(templateFile("update"))) : []),
];
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
process.stdout.write(`CloudFormation: ${complaints.length} complaints\n`);
process.exit(complaints.length === 0 ? 0 : 1);
