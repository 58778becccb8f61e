import { flushCompileCache } from "node:module";
import { pino } from "pino";
import { readConfig } from "../app/main/config.ts";
import { listen, startServer } from "../app/main/start-server.ts";
import { localAwsStorage, setClockAhead } from "./process-options.ts";

// Zekt as a process of its own, so that a test can kill it. Settings come by the environment. It imports little beside
// Zekt, since it is started again and again.
setClockAhead();
const config = readConfig(process.env);
const listener = await listen(config.HOST, config.PORT);
const log = pino({ level: "silent" });
await startServer(config, listener, { log, sweepEvery: 500, storage: await localAwsStorage() });
process.stdout.write("up\n");
// A kill would lose what was compiled, and every start would compile it anew.
flushCompileCache();
