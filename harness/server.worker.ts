import { readConfig } from "../app/main/config.ts";
import { listen, startServer } from "../app/main/start-server.ts";
import { localAwsStorage, setClockAhead } from "./process-options.ts";
import { silent } from "./world.ts";

// Zekt as a process of its own, so that a test can kill it. Settings come by the environment.
setClockAhead();
const config = readConfig(process.env);
const listener = await listen(config.HOST, config.PORT);
await startServer(config, listener, { log: silent, sweepEvery: 500, storage: localAwsStorage() });
process.stdout.write("up\n");
