import { Command, Option } from "commander";
import { chaos } from "./chaos.ts";

const program = new Command("npm run chaos --")
  .description(
    "Has everything go wrong for a while that can, then checks that nothing was lost or repeated unsaid.",
  )
  .option("--seconds <number>", "how long", "60")
  .option("--seed <number>", "has the same go wrong again", String(Math.floor(Math.random() * 1_000_000)))
  .addOption(new Option("--sky <kind>", "what goes wrong").choices(["all", "clock"]).default("all"))
  .addOption(
    new Option("--store <adapter>", "where it is stored").choices(["sqlite", "aws"]).default("sqlite"),
  )
  .parse();
const { seconds, seed, sky, store } = program.opts<{
  seconds: string;
  seed: string;
  sky: "all" | "clock";
  store: "sqlite" | "aws";
}>();
process.stdout.write(`Chaos for ${seconds} s on ${store}, seed ${seed}.\n`);
try {
  process.stdout.write(
    `${JSON.stringify(await chaos({ seconds: Number(seconds), seed: Number(seed), sky, store }), null, 2)}\n`,
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `${(error as Error).message}\nAgain: npm run chaos -- --seconds ${seconds} --seed ${seed} --sky ${sky} --store ${store}\n`,
  );
  process.exit(1);
}
