import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { complaintsOf } from "../deploy/check-template.ts";

const program = new Command("npm run package --")
  .description(
    "Packages what `npm run deploy` would upload, and checks its CloudFormation. Needs no account.",
  )
  .option("--stage <name>", "the stage to package for", "dev")
  .parse();
const { stage } = program.opts<{ stage: string }>();
const root = fileURLToPath(new URL("..", import.meta.url));

const { status } = spawnSync(
  process.execPath,
  [`${root}/node_modules/osls/bin/serverless.js`, "package", "--stage", stage],
  { cwd: root, stdio: "inherit" },
);
if (status !== 0) process.exit(status ?? 1);
const complaints = ["create", "update"].flatMap((which) =>
  complaintsOf(`${root}/.serverless/cloudformation-template-${which}-stack.json`),
);
for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
process.stdout.write(`CloudFormation: ${complaints.length} complaints\n`);
process.exit(complaints.length === 0 ? 0 : 1);
