import { pino } from "pino";
import { readConfig } from "../../app/main/config.ts";
import { listen, startServer } from "../../app/main/start-server.ts";
import { awsClients } from "../../app/store/aws/clients.ts";
import { awsStorage } from "../../app/store/aws/storage.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import type { LocalAws } from "../../harness/local-aws.ts";
import { randomOf } from "./random.ts";
import { SKIES, Sky } from "./weather.ts";

// Zekt as a process of its own under weather that a seed decides; it is killed and started again from outside.
// Its disk is `full-disk.ts`'s, loaded before.
const {
  CHAOS_SEED,
  CHAOS_UNTIL,
  CHAOS_CLOCK,
  CHAOS_LOG = "",
  CHAOS_SKY,
  CHAOS_SIDE,
  CHAOS_AWS,
} = process.env;
const sky = new Sky(randomOf(Number(CHAOS_SEED)), Number(CHAOS_UNTIL), Number(CHAOS_CLOCK), {
  storms: SKIES[CHAOS_SKY as keyof typeof SKIES],
  side: CHAOS_SIDE === "behind" ? -1 : 1,
});

/** Opens DynamoDB, S3 and SQS, where the environment says where they are, or the data folder. */
function openStorage(): Storage {
  if (!CHAOS_AWS) return openSqlite({ folder: config.ZEKT_DATA_DIR });
  const { endpoints, names } = JSON.parse(CHAOS_AWS) as Pick<LocalAws, "endpoints" | "names">;
  return awsStorage(awsClients(endpoints), names);
}

const config = readConfig(process.env);
const listener = await listen(config.HOST, config.PORT);
// Written at once: a kill must not keep back a line that gives something away.
const log = pino({ level: "debug" }, pino.destination({ dest: CHAOS_LOG, append: true, sync: true }));
const storage = sky.over(openStorage());
await startServer(config, listener, { log, sweepEvery: 500, storage });
process.stdout.write("up\n");
