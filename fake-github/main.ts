import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { startGitHub } from "./server.ts";

const program = new Command("npm run github --")
  .description("A GitHub that keeps GitHub's rules, on loopback, for trying Zekt without the real one.")
  .option("-p, --port <number>", "port to listen on; 0 for any", "4000")
  .option("--latency <ms>", "added to every REST answer", "0")
  .addHelpText("after", "\nGET /_control documents how to make accounts, repositories, runs and faults.")
  .parse();

const { port, latency } = program.opts<{ port: string; latency: string }>();
const root = fileURLToPath(new URL("../test", import.meta.url));
const github = await startGitHub({
  port: Number(port),
  latencyMs: Number(latency),
  localActions: { "zekt-dev-org/zekt-action": root },
});
process.stdout.write(
  `GitHub's REST API and pages: ${github.url}\nOIDC issuer: ${github.oidcIssuer}\nControl API: ${github.url}/_control\n`,
);
const stop = () => void github.close().then(() => process.exit(0));
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
