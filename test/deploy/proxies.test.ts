import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { request as plainRequest } from "node:http";
import { request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { sentenceOf } from "../../action/shared/problem.ts";
import { type Stage, setStage, until } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";

/* The proxies whose configuration is in deploy/, each where it is installed. */

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const has = (command: string): boolean => spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
const hasOpenssl = has("openssl");
const deployed = (name: string): string => readFileSync(`${ROOT}deploy/${name}`, "utf8");
const user = process.getuid?.() === 0 ? "root" : "nobody";

let stage: Stage;
beforeAll(async () => {
  stage = await setStage({ log: silent });
  stage.github.control.createAccount({ login: "mona" });
});
afterAll(() => stage.close());

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zekt-proxy-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

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

/** The addresses that a proxy is to have, and the files of its certificate. */
interface Place {
  http: number;
  https: number;
  key: string;
  certificate: string;
}

/** Returns free ports, and a certificate of this test's own. */
async function makePlace(): Promise<Place> {
  const [key, certificate] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  const made = [
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
  const name = ["-addext", "subjectAltName=DNS:zekt.example.com"];
  spawnSync("openssl", [...made, ...name, "-keyout", key, "-out", certificate]);
  return { http: await freePort(), https: await freePort(), key, certificate };
}

/** Starts a proxy, waits until it answers, and ends it after what is to be done with it. */
async function within(
  [command, ...args]: [string, ...string[]],
  { https }: Place,
  use: (origin: string, proxy: ChildProcess) => Promise<void>,
): Promise<void> {
  const env = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
  const proxy = spawn(command, args, { stdio: "ignore", env });
  const origin = `https://127.0.0.1:${https}`;
  try {
    await until(async () => (await ask(`${origin}/livez`).catch(() => null))?.status === 200);
    await use(origin, proxy);
  } finally {
    const ended = proxy.exitCode === null ? once(proxy, "exit") : null;
    proxy.kill("SIGTERM");
    await ended;
  }
}

/** Checks that HTTP leads to HTTPS. */
async function expectMoved({ http }: Place): Promise<void> {
  const { status, headers } = await ask(`http://127.0.0.1:${http}/console/`);
  expect([status, headers.location]).toEqual([301, "https://zekt.example.com/console/"]);
}

/** Checks that what Zekt needs of a proxy comes through. */
async function expectThrough(origin: string): Promise<void> {
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
    const post = async (more = {}) =>
      (await ask(`${origin}/github/webhooks`, { method: "POST", headers: { ...headers, ...more }, body }))
        .status;
    expect(await post(), `${filling}`).toBe(202);
    if (filling === 1) expect(await post({ "x-hub-signature-256": signature.replace(/.$/, "x") })).toBe(401);
    if (filling === 3_000_000)
      expect(await post({ "transfer-encoding": "chunked", expect: "100-continue" })).toBe(202);
  }
  // The token of a job whose organization includes many properties.
  const large = { authorization: `Bearer ${"a".repeat(60_000)}` };
  expect((await ask(`${origin}/api/user`, { headers: large })).status).toBe(401);
  const larger = { authorization: `Bearer ${"a".repeat(70_000)}` };
  const refused = await ask(`${origin}/api/user`, { headers: larger });
  const answer = { ...refused, headers: {}, body: Buffer.from(refused.text) };
  expect(sentenceOf("zekt.example.com", answer)).toContain("OIDC token is too large");
  const signedIn = { authorization: `Bearer ${userToken(stage, "mona")}` };
  const heard = await firstOf(`${origin}/api/changes`, { ...signedIn, accept: "text/event-stream" });
  expect(heard).toBe("retry: 3000\n\n");
  for (const encoding of ["identity", "gzip"]) {
    const accepted = { ...signedIn, "accept-encoding": encoding };
    for (const path of ["/api/openapi.json", "/api/user"]) {
      const first = await ask(`${origin}${path}`, { headers: accepted });
      expect(first.status).toBe(200);
      const again = { ...accepted, "if-none-match": String(first.headers.etag) };
      expect((await ask(`${origin}${path}`, { headers: again })).status, `${path} ${encoding}`).toBe(304);
    }
  }
  // The file of a workflow is one part of its address, slashes and all.
  const workflow = `/api/repositories/1/workflows/${encodeURIComponent(".github/workflows/release.yml")}`;
  expect(await ask(`${origin}${workflow}`, { method: "DELETE", headers: signedIn })).toMatchObject({
    status: (await ask(`${stage.server.url}${workflow}`, { method: "DELETE", headers: signedIn })).status,
    headers: { "content-type": "application/problem+json" },
  });
  expect((await ask(`${origin}/api/user`)).status).toBe(401);
  expect((await ask(`${origin}/metrics`)).status).toBe(404);
}

const THROUGH =
  "signed webhooks of every size arrive, and the API, its stream and its conditional requests answer";

test.runIf(has("nginx") && hasOpenssl)(`behind nginx, as the guide sets it, ${THROUGH}`, async () => {
  const guide = readFileSync(`${ROOT}docs/proxies.md`, "utf8");
  const set = (name: string): number => Number(new RegExp(`\`${name} (\\d+)\``).exec(guide)?.[1]);
  const [connections, files] = [set("worker_connections"), set("worker_rlimit_nofile")];
  const place = await makePlace();
  const site = deployed("nginx.conf")
    .replace("127.0.0.1:3000", new URL(stage.server.url).host)
    .replace("listen 80;", `listen 127.0.0.1:${place.http};`)
    .replace("listen 443 ssl;", `listen 127.0.0.1:${place.https} ssl;`)
    .replace(/ssl_certificate .+;/, `ssl_certificate ${place.certificate};`)
    .replace(/ssl_certificate_key .+;/, `ssl_certificate_key ${place.key};`);
  mkdirSync(join(folder, "tmp"));
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/tmp/${name};`,
  );
  const config = join(folder, "nginx.conf");
  writeFileSync(
    config,
    `daemon off; pid ${folder}/pid; error_log stderr; user ${user};\nworker_rlimit_nofile ${files}; events { worker_connections ${connections}; }\nhttp { access_log off; ${paths.join(" ")}\n${site}\n}\n`,
  );
  expect(spawnSync("nginx", ["-t", "-c", config, "-e", "stderr"], { encoding: "utf8" })).toMatchObject({
    status: 0,
  });
  // As systemd starts a service.
  const command: [string, ...string[]] = [
    "sh",
    "-c",
    'ulimit -Sn 1024; exec nginx -c "$0" -e stderr',
    config,
  ];
  await within(command, place, async (origin, { pid }) => {
    const [worker] = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ");
    const [, open] = /^Max open files +(\d+)/m.exec(readFileSync(`/proc/${worker}/limits`, "utf8")) ?? [];
    // Two connections and a file of the body for each request.
    expect(Number(open)).toBeGreaterThanOrEqual((connections / 2) * 3);
    await expectMoved(place);
    await expectThrough(origin);
  });
});

test.runIf(has("caddy") && hasOpenssl)(`behind Caddy, as the guide sets it, ${THROUGH}`, async () => {
  const place = await makePlace();
  const site = deployed("Caddyfile")
    .replace("127.0.0.1:3000", new URL(stage.server.url).host)
    .replace(/^zekt.example.com \{$/m, `$&\n\ttls ${place.certificate} ${place.key}`);
  const config = join(folder, "Caddyfile");
  writeFileSync(
    config,
    `{\n\tadmin off\n\tdefault_bind 127.0.0.1\n\tauto_https disable_redirects\n\tdefault_sni zekt.example.com\n\thttp_port ${place.http}\n\thttps_port ${place.https}\n}\n${site}`,
  );
  const command: [string, ...string[]] = ["caddy", "run", "--config", config, "--adapter", "caddyfile"];
  await within(command, place, expectThrough);
});

test.runIf(has("haproxy") && hasOpenssl)(`behind HAProxy, as the guide sets it, ${THROUGH}`, async () => {
  const place = await makePlace();
  const both = join(folder, "both.pem");
  writeFileSync(both, readFileSync(place.certificate, "utf8") + readFileSync(place.key, "utf8"));
  const config = join(folder, "haproxy.cfg");
  writeFileSync(
    config,
    deployed("haproxy.cfg")
      .replace("127.0.0.1:3000", new URL(stage.server.url).host)
      .replace("bind :80", `bind 127.0.0.1:${place.http}`)
      .replace("bind :443", `bind 127.0.0.1:${place.https}`)
      .replace("/etc/haproxy/zekt.pem", both),
  );
  expect(spawnSync("haproxy", ["-c", "-f", config], { encoding: "utf8" })).toMatchObject({ status: 0 });
  await within(["haproxy", "-db", "-f", config], place, async (origin) => {
    await expectMoved(place);
    await expectThrough(origin);
  });
});

/** Where Debian has Apache's modules. */
const MODULES = "/usr/lib/apache2/modules";
const APACHE = ["mpm_event", "authz_core", "alias", "filter", "deflate", "reqtimeout", "ssl", "proxy"];

test.runIf(has("apache2") && hasOpenssl)(`behind Apache, as the guide sets it, ${THROUGH}`, async () => {
  const place = await makePlace();
  const site = deployed("apache.conf")
    .replace("127.0.0.1:3000", new URL(stage.server.url).host)
    .replace("*:80>", `127.0.0.1:${place.http}>`)
    .replace("*:443>", `127.0.0.1:${place.https}>`)
    .replace(/SSLCertificateFile .+/, `SSLCertificateFile ${place.certificate}`)
    .replace(/SSLCertificateKeyFile .+/, `SSLCertificateKeyFile ${place.key}`);
  const [, servers, workers] = /ServerLimit (\d+) and MaxRequestWorkers (\d+)/.exec(site) ?? [];
  const config = join(folder, "apache.conf");
  // Debian's own settings, where they could matter.
  writeFileSync(
    config,
    `ServerRoot ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${place.http}
Listen 127.0.0.1:${place.https}
${[...APACHE, "proxy_http"].map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join("\n")}
User nobody
Group nogroup
ThreadsPerChild 25
ServerLimit ${servers}
MaxRequestWorkers ${workers}
ServerName zekt.example.com
RequestReadTimeout header=20-40,minrate=500
RequestReadTimeout body=10,minrate=500
AddOutputFilterByType DEFLATE text/html text/plain text/css text/javascript application/json
${site}`,
  );
  expect(spawnSync("apache2", ["-t", "-f", config], { encoding: "utf8" })).toMatchObject({ status: 0 });
  await within(["apache2", "-DFOREGROUND", "-f", config], place, async (origin) => {
    await expectMoved(place);
    await expectThrough(origin);
  });
});
