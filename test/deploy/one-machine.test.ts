import { spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sentenceOf } from "../../action/shared/problem.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const has = (command: string): boolean => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-deploy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const containerfile = readFileSync(`${ROOT}deploy/Containerfile`, "utf8");
/** The files that the Containerfile copies from the clone. */
const COPIED = [...containerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, names = ""]) =>
  names.split(" "),
);

test("what the Containerfile copies is enough to start the server, and for the command line", async () => {
  expect(COPIED).toContain("app");
  for (const name of COPIED)
    cpSync(join(ROOT, name), join(folder, name), {
      recursive: true,
      filter: (path) => !path.endsWith("/dist"),
    });
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const zekt = ["scripts/run.mjs", "--production", "cli/main.ts", "fixture", "acme/releases/nightly"];
  const printed = spawnSync(process.execPath, zekt, { cwd: folder, encoding: "utf8" });
  expect([printed.status, printed.stderr]).toEqual([0, ""]);
  const [, command = "[]"] = /^CMD (\[.+\])$/m.exec(containerfile) ?? [];
  const [name, ...args] = JSON.parse(command) as string[];
  const server = spawn(name === "node" ? process.execPath : (name ?? ""), args, {
    cwd: folder,
    env: { PATH: process.env.PATH, PORT: "0", ZEKT_DATA_DIR: join(folder, "data") } as NodeJS.ProcessEnv,
  });
  let said = "";
  for (const stream of [server.stdout, server.stderr])
    stream.on("data", (data: Buffer) => {
      said += data;
    });
  try {
    await until(() => said.includes("There is no GitHub App yet."));
    const [, url = ""] = /Open (\S+) to make one/.exec(said) ?? [];
    expect(await (await fetch(url)).text()).toContain("Zekt has no GitHub App yet");
  } finally {
    server.kill("SIGTERM");
  }
});

test("the container's settings are ones that Zekt has, and its health check is that of its port", () => {
  const example = readFileSync(`${ROOT}.env.example`, "utf8");
  const [, set = ""] = /^ENV (.+)$/m.exec(containerfile) ?? [];
  const names = set.split(" ").map((one) => one.split("=")[0] ?? "");
  for (const name of names.filter((one) => one !== "NODE_ENV"))
    expect(example).toMatch(new RegExp(`^${name}=`, "m"));
  expect(containerfile).toContain("fetch('http://127.0.0.1:3000/healthz')");
  expect(containerfile).toMatch(/^USER node$/m);
});

test.runIf(has("systemd-analyze"))("systemd takes the unit, whose command is there", () => {
  const unit = join(folder, "zekt.service");
  const clone = ROOT.replace(/\/$/, "");
  writeFileSync(unit, readFileSync(`${ROOT}deploy/zekt.service`, "utf8").replaceAll("/opt/zekt", clone));
  const { status, stdout, stderr } = spawnSync("systemd-analyze", ["verify", unit], { encoding: "utf8" });
  // Other units of the machine are none of ours.
  const said = (stdout + stderr).split("\n").filter((line) => line.includes("zekt.service"));
  expect(said).toEqual([]);
  expect(status === 0 || !stderr.includes("zekt")).toBe(true);
  const [, script = ""] =
    /^ExecStart=\S+ (\S+) --production app\/server\.ts$/m.exec(readFileSync(unit, "utf8")) ?? [];
  expect(existsSync(join(ROOT, script))).toBe(true);
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

interface Sent {
  method?: string;
  headers?: Record<string, string>;
  body?: string;
}

/** Asks the proxy, whose certificate nobody vouches for. */
const ask = (url: string, { method = "GET", headers = {}, body }: Sent = {}) =>
  new Promise<{ status: number; headers: Record<string, unknown>; text: string }>((resolve, reject) => {
    const options = { method, headers: { host: "zekt.example.com", ...headers }, rejectUnauthorized: false };
    const sent = (url.startsWith("https:") ? request : plainRequest)(url, options, (response) => {
      let text = "";
      response.on("data", (data) => {
        text += data;
      });
      response.on("end", () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text }),
      );
    });
    sent.on("error", reject);
    sent.end(body);
  });

/** Returns what a stream says first. */
const firstOf = (url: string, headers: Record<string, string>) =>
  new Promise<string>((resolve, reject) => {
    const options = { headers: { host: "zekt.example.com", ...headers }, rejectUnauthorized: false };
    const sent = request(url, options, (response) => {
      response.once("data", (data) => {
        resolve(String(data));
        sent.destroy();
      });
    });
    sent.on("error", reject);
    sent.end();
  });

test.runIf(has("nginx") && has("openssl"))(
  "behind nginx, as the guide sets it, a signed webhook arrives, whatever its size, and the API answers",
  async () => {
    const guide = readFileSync(`${ROOT}docs/operations.md`, "utf8");
    const set = (name: string): number => Number(new RegExp(`\`${name} (\\d+)\``).exec(guide)?.[1]);
    const [connections, files] = [set("worker_connections"), set("worker_rlimit_nofile")];
    const stage: Stage = await setStage({ log: silent });
    const [http, https] = [await freePort(), await freePort()];
    const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
    const openssl = [
      "req",
      "-x509",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-days",
      "1",
      "-subj",
      "/CN=zekt.example.com",
    ];
    spawnSync("openssl", [...openssl, "-keyout", key, "-out", certificate]);
    const site = readFileSync(`${ROOT}deploy/nginx.conf`, "utf8")
      .replace("127.0.0.1:3000", new URL(stage.server.url).host)
      .replace("listen 80;", `listen 127.0.0.1:${http};`)
      .replace("listen 443 ssl;", `listen 127.0.0.1:${https} ssl;`)
      .replace(/ssl_certificate .+;/, `ssl_certificate ${certificate};`)
      .replace(/ssl_certificate_key .+;/, `ssl_certificate_key ${key};`);
    mkdirSync(join(folder, "tmp"));
    const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (name) => `${name}_temp_path ${folder}/tmp/${name};`,
    );
    const config = join(folder, "nginx.conf");
    writeFileSync(
      config,
      `daemon off; pid ${folder}/pid; error_log stderr; user ${process.getuid?.() === 0 ? "root" : "nobody"};\nworker_rlimit_nofile ${files}; events { worker_connections ${connections}; }\nhttp { access_log off; ${paths.join(" ")}\n${site}\n}\n`,
    );
    expect(spawnSync("nginx", ["-t", "-c", config, "-e", "stderr"], { encoding: "utf8" })).toMatchObject({
      status: 0,
    });
    // As systemd starts a service.
    const nginx = spawn("sh", ["-c", 'ulimit -Sn 1024; exec nginx -c "$0" -e stderr', config], {
      stdio: "ignore",
    });
    const origin = `https://127.0.0.1:${https}`;
    try {
      await until(async () => (await ask(`${origin}/livez`).catch(() => null))?.status === 200);
      const { pid } = nginx;
      const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
      const [, open] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${worker}/limits`, "utf8")) ?? [];
      // Two connections and a file of the body for each request.
      expect(Number(open)).toBeGreaterThanOrEqual((connections / 2) * 3);
      const moved = await ask(`http://127.0.0.1:${http}/console/`);
      expect([moved.status, moved.headers.location]).toEqual([301, "https://zekt.example.com/console/"]);
      const [app] = stage.github.world.apps.values();
      for (const filling of [1, 3_000_000, 20_000_000]) {
        const body = JSON.stringify({ action: "created", filling: "ä".repeat(filling / 2) });
        const signature = `sha256=${createHmac("sha256", app?.hook.secret ?? "")
          .update(body)
          .digest("hex")}`;
        const headers = {
          "content-type": "application/json",
          "x-github-event": "star",
          "x-github-delivery": "1",
          "x-hub-signature-256": signature,
        };
        expect(
          (await ask(`${origin}/github/webhooks`, { method: "POST", headers, body })).status,
          `${filling}`,
        ).toBe(202);
        const forged = { ...headers, "x-hub-signature-256": signature.replace(/.$/, "x") };
        if (filling === 1)
          expect(
            (await ask(`${origin}/github/webhooks`, { method: "POST", headers: forged, body })).status,
          ).toBe(401);
      }
      // The token of a job whose organization includes many properties.
      const large = { authorization: `Bearer ${"a".repeat(40_000)}` };
      expect((await ask(`${origin}/api/user`, { headers: large })).status).toBe(401);
      const larger = { authorization: `Bearer ${"a".repeat(70_000)}` };
      const refused = await ask(`${origin}/api/user`, { headers: larger });
      const answer = { ...refused, headers: {}, body: Buffer.from(refused.text) };
      expect(sentenceOf("zekt.example.com", answer)).toContain("OIDC token is too large");
      stage.github.control.createAccount({ login: "mona" });
      const heard = await firstOf(`${origin}/api/changes`, {
        authorization: `Bearer ${userToken(stage, "mona")}`,
        accept: "text/event-stream",
      });
      expect(heard).toBe("retry: 3000\n\n");
      const document = await ask(`${origin}/api/openapi.json`);
      expect(document.status).toBe(200);
      const etag = String(document.headers.etag);
      expect((await ask(`${origin}/api/openapi.json`, { headers: { "if-none-match": etag } })).status).toBe(
        304,
      );
      expect((await ask(`${origin}/api/user`)).status).toBe(401);
      expect((await ask(`${origin}/metrics`)).status).toBe(404);
    } finally {
      nginx.kill("SIGTERM");
      await stage.close();
    }
  },
);
