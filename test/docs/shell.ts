import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Returns the fault in a script's syntax, as bash words it; null where there is none. */
export function syntaxProblem(script: string): string | null {
  try {
    execFileSync("bash", ["-n"], { input: script, stdio: "pipe" });
    return null;
  } catch (error) {
    return String((error as { stderr?: Buffer }).stderr ?? error);
  }
}

/** Names that the documents give to what they make. */
const KEPT = "PROVIDER CONSUMER SERVICE SUBSCRIPTION DELIVERY JOB OWNER";

/** A shell that runs the blocks of a document one after the other, as its reader does. */
export class Shell {
  readonly #folder = mkdtempSync(join(tmpdir(), "zekt-docs-"));
  readonly #env: Record<string, string>;

  constructor(env: Record<string, string>) {
    this.#env = { PATH: process.env.PATH ?? "", ...env };
    writeFileSync(this.#state, "");
  }

  get #state(): string {
    return join(this.#folder, "state");
  }

  /**
   * Runs a block to its end and gives what it printed; functions and kept names stay for the next.
   *
   * @throws where a command of it fails, with what was printed
   */
  async run(block: string): Promise<string> {
    const script = `set -euo pipefail\nsource '${this.#state}'\n${block}\n{ declare -f; for name in ${KEPT}; do if [ -n "\${!name:-}" ]; then declare -p "$name"; fi; done; } > '${this.#state}'\n`;
    return await new Promise((resolve, reject) => {
      execFile("bash", ["-c", script], { env: this.#env, cwd: this.#folder }, (error, stdout, stderr) => {
        if (error) reject(new Error(`${block}\nprinted:\n${stdout}\n${stderr}`));
        else resolve(stdout);
      });
    });
  }

  /** Returns the value of a stored name. */
  valueOf(name: string): string {
    const found = new RegExp(`declare -- ${name}="(.*)"`).exec(readFileSync(this.#state, "utf8"));
    return found?.[1] ?? "";
  }

  end(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
