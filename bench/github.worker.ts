import { startGitHub } from "../fake-github/server.ts";
import { serveCalls } from "./support/worker.ts";

/** GitHub's answers take as long as the real one's. */
const LATENCY_MS = 150;
const WORKFLOW = ".github/workflows/release.yml";
const TEXT = "on: push\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";
const LISTENING =
  "on: {repository_dispatch: {types: [zekt-workflow-completed]}}\njobs: {job: {runs-on: ubuntu-latest, steps: [{run: echo hello}]}}\n";
const UNLIMITED = 1_000_000_000;

/** A repository that takes part, with the installation of the App on it. */
export interface Participant {
  repositoryId: string;
  fullName: string;
  owner: string;
  installationId: number;
}

export interface Arrival {
  consumer: string;
  correlationId: string;
  deliveryId: string;
  at: number;
}

const github = await startGitHub();
const { control, world, faults } = github;
// The budgets are no side's advantage here: none is slowed down by GitHub.
control.configure({
  runWorkflows: false,
  requestsPerHour: UNLIMITED,
  pointsPerMinute: UNLIMITED,
  contentPerMinute: UNLIMITED,
  contentPerHour: UNLIMITED,
  concurrent: UNLIMITED,
});
control.createAccount({ login: "zekt-makers", type: "Organization" });
const app = control.createApp({
  name: "Zekt",
  owner: "zekt-makers",
  permissions: { contents: "write", actions: "read", repository_hooks: "write", checks: "write" },
});
const consumers: string[] = [];

async function join(owner: string, text: string, others = 0): Promise<Participant> {
  control.createAccount({ login: owner, type: "Organization" });
  control.createAccount({ login: `${owner}-dev` });
  const repository = control.createRepository({
    owner,
    name: "repo",
    files: { [WORKFLOW]: text },
    collaborators: { [`${owner}-dev`]: "maintain" },
  });
  for (let n = 0; n < others; n++) control.createRepository({ owner, name: `other-${n}` });
  const { id } = await control.install({ app: app.slug, account: owner });
  return { repositoryId: String(repository.id), fullName: `${owner}/repo`, owner, installationId: id };
}

const calls = {
  describe: () => ({
    url: github.url,
    oidcIssuer: github.oidcIssuer,
    app,
  }),
  setWebhook: (url: string) => void control.setAppWebhook(app.slug, url),
  /** A provider, among so many repositories of its installation. */
  provider: (owner: string, repositories: number) => join(owner, TEXT, repositories - 1),
  async consumer(owner: string): Promise<Participant> {
    const participant = await join(owner, LISTENING);
    consumers.push(participant.fullName);
    return participant;
  },
  idle: () => control.idle(),
  userToken: (login: string) => control.userToken(login, app.client_id),
  /** A webhook of a run that finished, as it was sent, and the secret that it was signed with. */
  async example(fullName: string): Promise<{ body: string; secret: string }> {
    const run = await control.startRun({ repository: fullName, workflow: WORKFLOW });
    const [sent] = await control.completeRun(run.id, "success");
    if (!sent) throw new Error(`${fullName} has no webhook.`);
    return { body: sent.request.body, secret: control.repository(fullName).hooks[0]?.secret ?? "" };
  },
  /** Answers at once while things are set up, then as slowly as GitHub. */
  slow: (slow: boolean) => void control.configure({ latencyMs: slow ? LATENCY_MS : 0 }),
  arrivals: (): Arrival[] =>
    consumers.flatMap((consumer) =>
      control.repository(consumer).dispatches.map(({ at, clientPayload }) => {
        const { correlationId, deliveryId } = clientPayload.zekt as Record<string, string>;
        return { consumer, correlationId: correlationId as string, deliveryId: deliveryId ?? "", at };
      }),
    ),
  arrived: (): number => consumers.reduce((sum, one) => sum + control.repository(one).dispatches.length, 0),
  forget() {
    for (const consumer of consumers) control.repository(consumer).dispatches.length = 0;
  },
  fault: (fault: Parameters<typeof faults.add>[0]) => void faults.add(fault),
  heal: () => faults.clear(),
  accounts: () => world.accounts.size,
};
export type GitHubCalls = typeof calls;
serveCalls(calls);
