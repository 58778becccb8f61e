import { type Stage, until } from "../harness/stage.ts";
import {
  ACME_WORKFLOWS,
  CONSUMER_WORKFLOWS,
  DURABLE_EVENTS,
  DURABLE_WORKFLOWS,
  GLOBEX_FILE,
  GLOBEX_WORKFLOWS,
} from "./workflows.ts";

/** The demo's subscriptions: consumer, service and event types. */
const SUBSCRIPTIONS = [
  { consumer: "initech/deploy", service: "release", eventTypes: ["release-published"] },
  { consumer: "initech/deploy", service: "build", eventTypes: ["image-built", "sbom-ready"] },
  { consumer: "initech/deploy", service: "staged", eventTypes: ["stage-reached"] },
  { consumer: "umbrella/docs", service: "nightly", eventTypes: ["zekt-workflow-completed"] },
  { consumer: "umbrella/docs", service: "flaky", eventTypes: ["zekt-workflow-completed"] },
  { consumer: "umbrella/docs", service: "docs", eventTypes: ["docs-changed"] },
  { consumer: "hooli/mirror", service: "report", eventTypes: ["report-ready"] },
];

const ownerOf = (fullName: string): string => fullName.split("/", 1)[0] as string;

/** Which event each durable consumer wants. */
const DURABLE: Record<string, keyof typeof DURABLE_EVENTS> = {
  "hooli/ledger": "invoice",
  "umbrella/audit": "audit",
  "initech/pager": "alert",
  "hooli/till": "charge",
  "initech/echo": "ping",
};

/** Brings on the consumers that cannot afford to miss an event: their runs are followed, their delivery is durable. */
async function makeDurable({ github, api, repositoryId }: Stage, say: (line: string) => void): Promise<void> {
  for (const [consumer, service] of Object.entries(DURABLE)) {
    const user = `${ownerOf(consumer)}-dev`;
    const repository = `/repositories/${repositoryId(consumer)}`;
    await api(user, "PATCH", repository, { consumer: true, tracking: true });
    const { subscriptionId } = await api<{ subscriptionId: string }>(
      user,
      "POST",
      `${repository}/subscriptions`,
      {
        service: `acme/releases/${service}`,
        eventTypes: [DURABLE_EVENTS[service].eventType],
        durable: {},
      },
    );
    await api("acme-dev", "POST", `/subscriptions/${subscriptionId}/approve`);
    say(`${consumer} has durable delivery of acme/releases/${service}, with completion tracking`);
  }
  await github.control.idle();
}

/** acme by the API, globex by a file. */
async function offer({ github, api, repositoryId }: Stage, say: (line: string) => void): Promise<void> {
  const acme = `/repositories/${repositoryId("acme/releases")}`;
  await api("acme-dev", "PATCH", acme, { provider: true });
  await github.control.idle();
  for (const path of Object.keys(ACME_WORKFLOWS)) {
    const slug = path.replace(/^.*\/|\.yml$/g, "");
    if (slug === "internal") continue;
    await api("acme-dev", "PUT", `${acme}/workflows/${encodeURIComponent(path)}`);
    await api("acme-dev", "POST", `${acme}/services`, { slug, workflow: path, visibility: "public" });
  }
  const offered = Object.keys(ACME_WORKFLOWS).length - 1;
  say(`acme/releases is a provider; ${offered} of its ${offered + 1} workflows are whitelisted and offered`);
  await github.control.push("globex/night-builds", { ".github/zekt.yml": GLOBEX_FILE });
  const { checkRuns } = github.control.repository("globex/night-builds");
  await until(() => checkRuns.some(({ conclusion }) => conclusion !== null));
  const [check] = checkRuns;
  if (check?.conclusion !== "success") throw new Error(`zekt.yml was not taken: ${check?.output.summary}`);
  say("globex/night-builds is a provider by its .github/zekt.yml, hidden behind the alias Night Owl");
}

/** Brings everybody on: owners, repositories, the App's installations, services, requests and approvals. */
export async function populate(stage: Stage, say: (line: string) => void): Promise<void> {
  const { github, server, api } = stage;
  const { control } = github;
  const byOwner = Map.groupBy(
    [
      { fullName: "acme/releases", files: ACME_WORKFLOWS, hidden: false },
      { fullName: "globex/night-builds", files: GLOBEX_WORKFLOWS, hidden: true },
      ...Object.entries({ ...CONSUMER_WORKFLOWS, ...DURABLE_WORKFLOWS }).map(([fullName, files]) => ({
        fullName,
        files,
        hidden: false,
      })),
    ],
    ({ fullName }) => ownerOf(fullName),
  );
  for (const [owner, repositories] of byOwner) {
    control.createAccount({ login: owner, type: "Organization" });
    control.createAccount({ login: `${owner}-dev` });
    control.setMember(owner, `${owner}-dev`, "admin");
    for (const { fullName, files, hidden } of repositories) {
      control.createRepository({
        owner,
        name: fullName.split("/")[1] as string,
        private: hidden,
        files,
        variables: { ZEKT_API_URL: server.url },
        collaborators: { [`${owner}-dev`]: "maintain" },
      });
    }
    await control.install({ app: "zekt-demo", account: owner });
    await until(async () => {
      const { items } = await api<{ items: object[] }>(`${owner}-dev`, "GET", "/repositories");
      return items.length === repositories.length;
    });
    say(`${owner} installed the App on ${repositories.map(({ fullName }) => fullName).join(", ")}`);
  }
  await offer(stage, say);
  for (const consumer of Object.keys(CONSUMER_WORKFLOWS)) {
    const user = `${ownerOf(consumer)}-dev`;
    await api(user, "PATCH", `/repositories/${stage.repositoryId(consumer)}`, { consumer: true });
  }
  for (const { consumer, service, eventTypes } of SUBSCRIPTIONS) {
    const user = `${ownerOf(consumer)}-dev`;
    const asked = await api<{ subscriptionId: string }>(
      user,
      "POST",
      `/repositories/${stage.repositoryId(consumer)}/subscriptions`,
      {
        service: `acme/releases/${service}`,
        eventTypes,
      },
    );
    await api("acme-dev", "POST", `/subscriptions/${asked.subscriptionId}/approve`);
    say(`${consumer} asked for acme/releases/${service} (${eventTypes.join(", ")}), and acme approved`);
  }
  await makeDurable(stage, say);
  const hidden = await api<{ status: string }>(
    "hooli-dev",
    "POST",
    `/repositories/${stage.repositoryId("hooli/mirror")}/subscriptions`,
    {
      service: "Night Owl/artifacts",
      eventTypes: ["artifact-ready"],
    },
  );
  say(
    `hooli/mirror asked for Night Owl/artifacts and is ${hidden.status}: its owner was approved beforehand`,
  );
}
