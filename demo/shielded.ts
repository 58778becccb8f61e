import { createHash, generateKeyPairSync } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type Stage, until } from "../harness/stage.ts";
import { deliveriesTo } from "../harness/world.ts";
import type { Played } from "./play.ts";
import { whitelistPushed } from "./whitelist.ts";
import { ACTION, consumer, job, measured, provider, VERSION } from "./workflows.ts";

const PROVIDER = "acme/releases";
const ADVISE = ".github/workflows/advise.yml";
const OWNER = "cyberdyne";
const CONSUMERS = [`${OWNER}/steady`, `${OWNER}/rotating`] as const;
/** The time after which what has not ended counts as missing, in milliseconds. */
const PATIENCE = 60_000;

/** A text that stands in the message, and nowhere in Zekt. */
const SECRET = "only the consumers' runs read this";
const SIZE = 400 * 1024;
const head = `{"note":"${SECRET}","rows":"`;
const MESSAGE = `${head}${"x".repeat(SIZE - head.length - 2)}"}`;
const SHA256 = createHash("sha256").update(MESSAGE).digest("hex");

const SENDS = provider(
  "Advise",
  job(
    "advise",
    `      - run: node -e 'const head = process.env.HEAD; process.stdout.write(head + "x".repeat(${SIZE} - head.length - 2) + String.fromCharCode(34, 125))' > "$RUNNER_TEMP/advisory.json"
        env:
          HEAD: '${head.replaceAll("'", "''")}'
      - uses: ${ACTION}@${VERSION}
        with:
          event-type: advisory-found
          payload-file: \${{ runner.temp }}/advisory.json
          shield: true
`,
  ),
);

const READS = consumer(
  "Advisory",
  ["advisory-found"],
  `      - id: zekt
        uses: ${ACTION}/action/confirm@${VERSION}
        with:
          private-key: \${{ secrets.SHIELD_KEY }}
${measured("read")}`,
);

/** Plays a shielded message of 400 KB to two consumers, of which one replaces its key meanwhile. */
export async function playShielded(stage: Stage, say: (line: string) => void): Promise<Played> {
  await bringOn(stage);
  for (const fullName of CONSUMERS) {
    await registerKey(stage, fullName);
    await subscribe(stage, fullName);
  }
  // The key before stays registered until the new secret is in place.
  const keys = await registerKey(stage, CONSUMERS[1]);
  say(`${CONSUMERS.join(" and ")} registered public keys; ${CONSUMERS[1]} has ${keys}, as it replaces one`);
  const { control } = stage.github;
  const run = await control.startRun({ repository: PROVIDER, workflow: ADVISE });
  await control.parts.runs.execute(run);
  say(`run ${run.id} of ${PROVIDER} ${ADVISE} completed: ${control.parts.runs.latest(run).conclusion}`);
  const got = { read: await readLines(stage), ...(await knownToZekt(stage)) };
  for (const line of got.read) say(`a consumer's run ${line}`);
  const line = `read ${SIZE} bytes with sha256 ${SHA256}`;
  const expected = { read: [line, line], shielded: [true, true], recipients: [3, 3], plainText: false };
  return {
    case: "a shielded message of 400 KB to two consumers, of which one replaces its key",
    expected,
    got,
    ok: isDeepStrictEqual(got, expected),
  };
}

/** The provider's service that demands shielded messages, and two consumers. */
async function bringOn(stage: Stage): Promise<void> {
  const { github, server, api, repositoryId } = stage;
  const { control } = github;
  await whitelistPushed(stage, PROVIDER, { files: { [ADVISE]: SENDS }, workflow: ADVISE });
  const service = { slug: "advisories", workflow: ADVISE, visibility: "public", shield: "required" };
  await api("acme-dev", "POST", `/repositories/${repositoryId(PROVIDER)}/services`, service);
  control.createAccount({ login: OWNER, type: "Organization" });
  control.createAccount({ login: `${OWNER}-dev` });
  for (const fullName of CONSUMERS) {
    control.createRepository({
      owner: OWNER,
      name: fullName.split("/")[1] as string,
      files: { ".github/workflows/advisory.yml": READS },
      variables: { ZEKT_API_URL: server.url },
      collaborators: { [`${OWNER}-dev`]: "maintain" },
    });
  }
  await control.install({ app: "zekt-demo", account: OWNER });
  for (const fullName of CONSUMERS) {
    const id = repositoryId(fullName);
    await until(async () => (await server.deps.store.accounts.getRepository(id))?.reachable === true);
    await api(`${OWNER}-dev`, "PATCH", `/repositories/${id}`, { consumer: true });
  }
}

/** Requests the service for a consumer, which needs a key for that, and approves it. */
async function subscribe({ api, repositoryId }: Stage, fullName: string): Promise<void> {
  const wanted = { service: `${PROVIDER}/advisories`, eventTypes: ["advisory-found"] };
  const path = `/repositories/${repositoryId(fullName)}/subscriptions`;
  const asked = await api<{ subscriptionId: string }>(`${OWNER}-dev`, "POST", path, wanted);
  await api("acme-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
}

/** Makes a pair as `zekt keys` does, and puts the private key into the repository's secret; returns how many there are. */
async function registerKey({ github, api, repositoryId }: Stage, fullName: string): Promise<number> {
  const { publicKey, privateKey } = generateKeyPairSync("x25519");
  const path = `/repositories/${repositoryId(fullName)}/keys`;
  await api(`${OWNER}-dev`, "POST", path, { key: publicKey.export({ format: "jwk" }) });
  const { secrets } = github.control.repository(fullName);
  secrets.SHIELD_KEY = JSON.stringify(privateKey.export({ format: "jwk" }));
  return (await api<{ items: object[] }>(`${OWNER}-dev`, "GET", path)).items.length;
}

/** Returns what the consumers' runs printed of the message, once they have ended. */
async function readLines({ github }: Stage): Promise<string[]> {
  const { control } = github;
  const ids = () =>
    CONSUMERS.flatMap((one) => control.repository(one).dispatches.flatMap(({ runIds }) => runIds));
  for (const deadline = Date.now() + PATIENCE; ids().length < 2 && Date.now() < deadline; )
    await new Promise((resolve) => setTimeout(resolve, 50));
  await control.idle();
  const { runs } = control.parts;
  return ids().flatMap((id) => runs.latest(runs.find(id)).log.filter((line) => /^read \d/.test(line)));
}

/** Returns what Zekt holds of the message, and whether any of it is plain text. */
async function knownToZekt(stage: Stage) {
  const shielded: boolean[] = [];
  const recipients: number[] = [];
  let plainText = false;
  for (const fullName of CONSUMERS) {
    for (const { shield, archiveKey } of await deliveriesTo(stage, stage.repositoryId(fullName))) {
      const archived = (await stage.server.deps.store.archive.get(archiveKey)) ?? "{}";
      const { body } = JSON.parse(archived) as { body: string };
      shielded.push(shield === "recipient");
      recipients.push((JSON.parse(body) as { recipients: object[] }).recipients.length);
      plainText ||= archived.includes(SECRET);
    }
  }
  return { shielded, recipients, plainText };
}
