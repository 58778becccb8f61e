import { type Stage, setStage, until } from "../../harness/stage.ts";
import { silent } from "../../harness/world.ts";
import { userToken } from "../http/client.ts";
import { blockWith, ROOT } from "./documents.ts";
import { Shell } from "./shell.ts";

export const READER = "octo";

/** A GitHub and a Zekt with the repositories that the documents speak of, all kept by one reader of them. */
export interface Scene extends Stage {
  shell: Shell;
  /** Starts a provider's workflow, lets it run to its end, and waits for all that follows. */
  run(repository: string, workflow: string): Promise<string>;
  /** Returns the lines that the dispatched runs of a repository printed, and how each ended. */
  printed(repository: string): string[];
}

const ADDRESS = "https://zekt.example.com";
const PATH = ".github/workflows/";

/** Puts workflows of documents into repositories, with this Zekt's address for the example's. */
export async function setScene(
  repositories: Record<string, Record<string, string>>,
  secrets: (stage: Stage) => Record<string, string> = () => ({}),
): Promise<Scene> {
  const stage = await setStage({ log: silent });
  const { control, world } = stage.github;
  control.createAccount({ login: READER });
  const [app] = world.apps.values();
  const installed = new Set<string>();
  for (const [fullName, workflows] of Object.entries(repositories)) {
    const [owner = "", name = ""] = fullName.split("/");
    const isNew = !installed.has(owner);
    installed.add(owner);
    if (isNew) control.createAccount({ login: owner, type: "Organization" });
    control.setMember(owner, READER, "admin");
    const files = Object.entries(workflows).map(([file, text]) => [
      `${PATH}${file}`,
      text.replaceAll(ADDRESS, stage.server.url),
    ]);
    control.createRepository({
      owner,
      name,
      files: Object.fromEntries(files),
      collaborators: { [READER]: "maintain" },
      secrets: secrets(stage),
    });
    if (isNew) await control.install({ app: app?.slug ?? "", account: owner });
    const id = stage.repositoryId(fullName);
    await until(async () => (await stage.server.deps.store.accounts.getRepository(id))?.reachable === true);
  }
  const shell = new Shell({ ZEKT: stage.server.url, TOKEN: userToken(stage, READER) });
  await shell.run(blockWith("docs/api.md", "api() {"));
  const cli = `"${process.execPath}" "${ROOT}cli/main.ts"`;
  await shell.run(`zekt() { ZEKT_URL="$ZEKT" ZEKT_TOKEN="$TOKEN" ${cli} "$@"; }`);
  return {
    ...stage,
    shell,
    async run(repository, workflow) {
      const run = await control.startRun({ repository, workflow: `${PATH}${workflow}`, actor: READER });
      await control.parts.runs.execute(run);
      const { conclusion, log } = control.parts.runs.latest(run);
      return `${conclusion}: ${log.join("\n")}`;
    },
    printed: (repository) =>
      control.repository(repository).dispatches.flatMap(({ runIds }) =>
        runIds.map((id) => {
          const { conclusion, log } = control.parts.runs.latest(control.parts.runs.find(id));
          return `${conclusion}: ${log.join("\n")}`;
        }),
      ),
    async close() {
      shell.end();
      await stage.close();
    },
  };
}

/** Offers a repository's workflow as a service, and subscribes another to it. */
export async function connect(
  { api, repositoryId, github }: Scene,
  provider: string,
  consumer: string,
  workflow: string,
  eventTypes: readonly string[],
): Promise<string> {
  const [from, to] = [repositoryId(provider), repositoryId(consumer)];
  const path = `${PATH}${workflow}`;
  const slug = workflow.replace(".yml", "");
  await api(READER, "PATCH", `/repositories/${from}`, { provider: true });
  await api(READER, "PUT", `/repositories/${from}/workflows/${encodeURIComponent(path)}`);
  await api(READER, "POST", `/repositories/${from}/services`, { slug, workflow: path, visibility: "public" });
  await api(READER, "PATCH", `/repositories/${to}`, { consumer: true });
  const wanted = { service: `${provider}/${slug}`, eventTypes };
  const asked = await api<{ subscriptionId: string }>(
    READER,
    "POST",
    `/repositories/${to}/subscriptions`,
    wanted,
  );
  await api(READER, "POST", `/subscriptions/${asked.subscriptionId}/approve`);
  await github.control.idle();
  return asked.subscriptionId;
}

/** Waits until so many runs that dispatches started in a repository have ended. */
export async function arrived(scene: Scene, repository: string, count: number): Promise<string[]> {
  await until(() => {
    const printed = scene.printed(repository);
    return printed.length >= count && printed.every((one) => !one.startsWith("null"));
  });
  await scene.github.control.idle();
  return scene.printed(repository);
}
