import { Writable } from "node:stream";
import { Command } from "commander";
import { pino } from "pino";
import { type SettingOptions, settingsOf, withSettingOptions } from "../fake-github/setting-options.ts";
import { atRest, setStage } from "../harness/stage.ts";
import { CASES } from "./cases.ts";
import { playContracts } from "./contracts.ts";
import { playExactRuns } from "./exact-runs.ts";
import { type Played, play } from "./play.ts";
import { populate } from "./populate.ts";
import { playShielded } from "./shielded.ts";

const program = withSettingOptions(new Command("npm run demo --"))
  .description(
    "Shows events of real workflow runs travel from providers to consumers, on this machine alone.",
  )
  .option("--once", "end after the story; exit 0 only if everything expected arrived and nothing else did")
  .option("--json", "one JSON object a line instead of prose")
  .option("-p, --port <number>", "port of Zekt's page; 0 for any", "0")
  .parse();
const { once, json, port, ...options } = program.opts<
  { once?: boolean; json?: boolean; port: string } & SettingOptions
>();

if (process.platform === "win32") {
  process.stderr.write(
    "The demo runs the steps of workflows by bash and Linux's paths. On Windows run it in WSL: docs/quick-start.md#systems.\n",
  );
  process.exit(1);
}

const startedAt = Date.now();
/** True once the last word was said: the minute's work may go on while a demo ends. */
let isOver = false;
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const say = (line: string): void => {
  if (!json && !isOver) print(`${((Date.now() - startedAt) / 1000).toFixed(2).padStart(7)} s  ${line}`);
};

/** Zekt's own log, told in prose: what was joined, what the policy said, how a delivery went. */
const narrator = new Writable({
  write(chunk: Buffer, _, done) {
    for (const line of chunk.toString().split("\n").filter(Boolean)) narrate(JSON.parse(line));
    done();
  },
});

function narrate(entry: Record<string, unknown>): void {
  const {
    event,
    msg,
    correlationId,
    runAttempt,
    joined,
    blocked,
    made,
    deliveryId,
    outcome,
    reason,
    level,
    err,
  } = entry;
  if (event === "event.routed") {
    say(
      `  zekt joined run ${correlationId} attempt ${runAttempt} with ${joined} message(s): allowed, ${made} new deliveries`,
    );
  } else if (event === "event.blocked") say(`  zekt blocked run ${correlationId}: ${blocked}`);
  else if (String(event).startsWith("delivery.") && outcome) {
    say(
      `  zekt ${String(deliveryId).slice(0, 17)}… of run ${correlationId}: ${outcome}${reason ? ` (${reason})` : ""}`,
    );
  } else if (event === "delivery.failed") {
    say(`  zekt ${String(deliveryId).slice(0, 17)}… of run ${correlationId} has failed: ${reason}`);
  } else if (Number(level) >= 40) say(`  zekt ${msg}${err ? `: ${(err as Error).message}` : ""}`);
}

const stage = await setStage({ log: pino({ level: "info" }, narrator), port: Number(port) });
stage.github.control.configure(settingsOf(options));
const addresses = { url: stage.server.url, github: stage.github.url };
say(`Zekt is at ${addresses.url}, the fake GitHub at ${addresses.github}`);
if (json && !once) print(JSON.stringify({ ready: true, ...addresses }));
await populate(stage, say);

const played: Played[] = [];
function judge(result: Played): void {
  played.push(result);
  if (json) print(JSON.stringify(result));
  else if (result.ok) say("as expected");
  else
    say(
      `NOT as expected\nexpected ${JSON.stringify(result.expected, null, 2)}\ngot ${JSON.stringify(result.got, null, 2)}`,
    );
}
for (const one of CASES) {
  say(`── ${one.name}`);
  judge(await play(stage, one, say));
}
say("── workflow_dispatch: GitHub names the run");
for (const result of await playExactRuns(stage, say)) judge(result);
say("── a shielded message of 400 KB");
judge(await playShielded(stage, say));
say("── contracts: what messages hold, who wants them, and in which form");
for (const result of await playContracts(stage, say)) judge(result);
// Zekt hears of the last case's run only now.
await atRest(stage);
isOver = once === true;
const failed = played.filter(({ ok }) => !ok).length;
if (json) print(JSON.stringify({ done: true, ok: failed === 0, cases: played.length, failed, ...addresses }));
else {
  print("");
  for (const { case: name, ok } of played) print(`  ${ok ? "✓" : "✗"} ${name}`);
  print(
    `\n${played.length - failed} of ${played.length} cases as expected, by GitHub's own log of dispatches and what the consumers' runs printed.`,
  );
}

const leave = async (): Promise<void> => {
  await stage.close();
  process.exit(failed === 0 ? 0 : 1);
};
if (once) await leave();
else {
  say(`Open ${addresses.url}/console/ and choose whom to be there. Ctrl-C ends it.`);
  process.once("SIGINT", leave);
  process.once("SIGTERM", leave);
}
