import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { readConfig } from "../../app/main/config.ts";
import { listen, startServer } from "../../app/main/start-server.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { localAwsStorage } from "../../harness/process-options.ts";
import { randomOf } from "../support/random.ts";
import { SKIES, Sky } from "./weather.ts";

// Zekt as a process of its own under weather that a seed decides; it is killed and started again from outside.
// Its disk is `full-disk.ts`'s, loaded before.
const { CHAOS_SEED, CHAOS_UNTIL, CHAOS_CLOCK, CHAOS_LOG = "", CHAOS_SKY, CHAOS_SIDE } = process.env;
const sky = new Sky(randomOf(Number(CHAOS_SEED)), Number(CHAOS_UNTIL), Number(CHAOS_CLOCK), {
  storms: SKIES[CHAOS_SKY as keyof typeof SKIES],
  side: CHAOS_SIDE === "behind" ? -1 : 1,
});

const config = readConfig(process.env);
const listener = await listen(config.HOST, config.PORT);
// Written at once: a kill must not keep back a line that gives something away.
const log = pino({ level: "debug" }, pino.destination({ dest: CHAOS_LOG, append: true, sync: true }));
const storage = sky.over((await localAwsStorage()) ?? openSqlite({ folder: config.ZEKT_DATA_DIR }));
// dynalite takes a millisecond for a query, and a sweep asks each shard of each index.
const sweepEvery = process.env.LOCAL_AWS ? 1000 : 500;
await startServer(config, listener, { log, sweepEvery, storage });
process.stdout.write("up\n");
// A kill would lose what was compiled, and every start would compile it anew.
flushCompileCache();
