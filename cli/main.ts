import { sendThroughProxies } from "../app/main/proxy.ts";
import { EXIT } from "./exit.ts";
import { processIo } from "./io.ts";
import { run } from "./program.ts";

// A reader that ends early, as `head` does, is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

try {
  sendThroughProxies(process.env);
  void run(process.argv.slice(2), processIo()).then((code) => {
    process.exitCode = code;
  });
} catch (error) {
  process.stderr.write(`zekt: ${(error as Error).message}\n`);
  process.exitCode = EXIT.usage;
}
