import { Command } from "commander";
import { chaos } from "./chaos.ts";

const program = new Command("npm run chaos --")
  .description(
    "Has everything go wrong for a while that can, then checks that nothing was lost or repeated unsaid.",
  )
  .option("--seconds <number>", "how long", "60")
  .option("--seed <number>", "has the same go wrong again", String(Math.floor(Math.random() * 1_000_000)))
  .parse();
const { seconds, seed } = program.opts<{ seconds: string; seed: string }>();
process.stdout.write(`Chaos for ${seconds} s, seed ${seed}.\n`);
try {
  process.stdout.write(
    `${JSON.stringify(await chaos({ seconds: Number(seconds), seed: Number(seed) }), null, 2)}\n`,
  );
  process.exit(0);
} catch (error) {
  process.stderr.write(
    `${(error as Error).message}\nAgain: npm run chaos -- --seconds ${seconds} --seed ${seed}\n`,
  );
  process.exit(1);
}
