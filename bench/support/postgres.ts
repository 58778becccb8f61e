import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { freePort } from "./free-port.ts";

const run = promisify(execFile);
const ROOT = "/usr/lib/postgresql";

export interface Postgres {
  url: string;
  /** The durability of its writes: fsync and synchronous_commit. */
  durability: string;
  stop(): Promise<void>;
}

/** Debian keeps each version's programs in a folder of their own. */
function folder(): string {
  const versions = readdirSync(ROOT).sort((a, b) => Number(b) - Number(a));
  return join(ROOT, versions[0] ?? "", "bin");
}

/** Starts Debian's PostgreSQL on a fresh cluster with its own defaults: fsync on, synchronous_commit on. */
export async function startPostgres(): Promise<Postgres> {
  const bin = folder();
  // It refuses to run as root.
  const user = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  const data = mkdtempSync("/tmp/zekt-bench-pg-");
  if (user.uid !== undefined) execFileSync("chown", ["postgres:postgres", data]);
  chmodSync(data, 0o700);
  await run(join(bin, "initdb"), ["-D", data, "-U", "bench", "-A", "trust", "--no-sync"], user);
  const port = await freePort();
  const server = spawn(
    join(bin, "postgres"),
    ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", data, "-c", "max_connections=150"],
    { ...user, stdio: "ignore" },
  );
  // It would go on without the bench where that is stopped by hand.
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      server.kill("SIGQUIT");
      process.exit(1);
    });
  }
  const psql = async (sql: string): Promise<string> =>
    (
      await run("psql", ["-h", "127.0.0.1", "-p", String(port), "-U", "bench", "-d", "postgres", "-tAc", sql])
    ).stdout.trim();
  for (let n = 0; ; n++) {
    try {
      await psql("select 1");
      break;
    } catch (error) {
      if (n > 50) throw error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  const durability = `fsync ${await psql("show fsync")}, synchronous_commit ${await psql("show synchronous_commit")}`;
  if (durability !== "fsync on, synchronous_commit on")
    throw new Error(`PostgreSQL is not durable: ${durability}.`);
  return {
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
    durability,
    async stop() {
      server.kill("SIGINT");
      await once(server, "exit");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

const idOf = (flag: string): number => Number(execFileSync("id", [flag, "postgres"]).toString());
