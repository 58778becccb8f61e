import { Command, Option } from "commander";
import { AWS_FATES, everyEnd } from "./ends.ts";
import { FLOWS } from "./flows.ts";
import { hour } from "./hour.ts";
import { race } from "./race.ts";
import type { Platform } from "./world.ts";

const program = new Command("npm run simulate --").description(
  "Runs Zekt and the fake GitHub in simulated time, and checks what came of it.",
);

const print = (result: object): void => void process.stdout.write(`${JSON.stringify(result)}\n`);

program
  .command("race")
  .description("two workers race for every message on one store, with events in bursts of ten")
  .option("--events <number>", "events of the provider", "100")
  .option("--consumers <number>", "durable consumers, each of which receives every event", "20")
  .option("--seed <number>", "has the same come again", "1")
  .action(async ({ events, consumers, seed }: Record<"events" | "consumers" | "seed", string>) => {
    print(await race(Number(events), Number(consumers), Number(seed)));
  });

program
  .command("hour")
  .description("an hour of chaos for each seed, and the time until all is at rest")
  .option("--seeds <list>", "a seed, or several with commas between them", "1,2,3,4,5,6,7,8,9,10")
  .option("--minutes <number>", "simulated minutes of weather", "60")
  .action(async ({ seeds, minutes }: Record<"seeds" | "minutes", string>) => {
    for (const seed of seeds.split(","))
      await hour(Number(seed), Number(minutes)).then(print, (error: Error) => {
        process.stderr.write(`seed ${seed}: ${error.stack}\n`);
        process.exitCode = 1;
      });
  });

program
  .command("ends")
  .description("each flow once for whatever Zekt writes, enqueues or asks for in it: there its process ends")
  .option("--flows <pattern>", "a regular expression over the flows' names", "")
  .addOption(
    new Option("--on <platform>", "where Zekt stores").choices(["machine", "aws"]).default("machine"),
  )
  .option("--fates <list>", "what becomes of the effect, where it can", AWS_FATES.join(","))
  .action(async ({ flows, fates, on }: { flows: string; fates: string; on: Platform }) => {
    const wanted = AWS_FATES.filter((fate) => fates.split(",").includes(fate));
    for (const flow of FLOWS.filter(({ name }) => new RegExp(flows).test(name))) {
      const ends = await everyEnd(flow, wanted, on);
      print(ends);
      if (ends.otherwise.length > 0 && !flow.mayDiffer) process.exitCode = 1;
    }
  });

await program.parseAsync();
process.exit();
