import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);

export interface Redis {
  port: number;
  stop(): Promise<void>;
}

/** Starts Debian's Redis on a fresh folder; it writes and fsyncs its log before it answers. */
export async function startRedis(): Promise<Redis> {
  const folder = mkdtempSync("/tmp/zekt-bench-redis-");
  const port = await freePort();
  const settings = {
    port,
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "yes",
    appendfsync: "always",
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const server = spawn("redis-server", args, { stdio: "ignore" });
  const failed = once(server, "error").then(([error]) => Promise.reject(error as Error));
  const stop = (): void => void server.kill("SIGKILL");
  process.once("exit", stop);
  const ask = async (...words: string[]): Promise<string> =>
    (await run("redis-cli", ["-p", String(port), ...words])).stdout.trim();
  const answering = async (): Promise<void> => {
    for (let n = 0; n < 50; n++) {
      if ((await ask("ping").catch(() => "")) === "PONG") return;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error("Redis did not answer within 5 s.");
  };
  await Promise.race([answering(), failed]);
  const durability = await ask("config", "get", "append*");
  if (!/appendfsync\s+always/.test(durability) || !/appendonly\s+yes/.test(durability))
    throw new Error(`Redis is not durable: ${durability}.`);
  return {
    port,
    async stop() {
      process.off("exit", stop);
      server.kill("SIGTERM");
      await once(server, "exit");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
