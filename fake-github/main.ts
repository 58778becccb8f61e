import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { startGitHub } from "./server.ts";
import { type SettingOptions, settingsOf, withSettingOptions } from "./setting-options.ts";

const program = withSettingOptions(new Command("npm run github --"))
  .description("A GitHub that keeps GitHub's rules, on loopback, for trying Zekt without the real one.")
  .option("-p, --port <number>", "port to listen on; 0 for any", "4000")
  .option("--latency <ms>", "added to every REST answer")
  .addHelpText("after", "\nGET /_control documents how to make accounts, repositories, runs and faults.")
  .parse();

const { port, latency, ...options } = program.opts<{ port: string; latency?: string } & SettingOptions>();
const root = fileURLToPath(new URL("..", import.meta.url));
const github = await startGitHub({
  port: Number(port),
  localActions: { "zekt-dev-org/zekt-action": root },
});
github.control.configure({
  ...settingsOf(options),
  ...(latency === undefined ? {} : { latencyMs: Number(latency) }),
});
process.stdout.write(
  `GitHub's REST API and pages: ${github.url}\nOIDC issuer: ${github.oidcIssuer}\nControl API: ${github.url}/_control\n`,
);
const stop = () => void github.close().then(() => process.exit(0));
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
