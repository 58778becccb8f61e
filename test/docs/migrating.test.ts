import { afterEach, expect, test } from "vitest";
import { userToken } from "../http/client.ts";
import { blocksOf } from "./documents.ts";
import { arrived, connect, READER, type Scene, setScene } from "./scene.ts";

let scene: Scene;
afterEach(() => scene.close());

const PROVIDER = "acme/releases";
const CONSUMER = "initech/deploy";
const [before, listening, takesBoth, sendsBoth, after, tidied] = blocksOf(
  "docs/migrating-from-a-pat.md",
  "yaml",
) as [string, string, string, string, string, string];

/** Commits a workflow of the page to a repository's default branch. */
const put = (repository: string, file: string, text: string) =>
  scene.github.control.push(repository, {
    [`.github/workflows/${file}`]: text.replaceAll("https://zekt.example.com", scene.server.url),
  });

/** Returns the lines that the consumer's runs of one release printed, without those before. */
async function release(runs: number): Promise<string[]> {
  const past = scene.printed(CONSUMER).length;
  expect(await scene.run(PROVIDER, "release.yml")).toContain("success");
  return (await arrived(scene, CONSUMER, past + runs)).slice(past).sort();
}

test("from a PAT to Zekt, each release is deployed once at every step of the way", async () => {
  scene = await setScene(
    { [PROVIDER]: { "release.yml": before }, [CONSUMER]: { "deploy.yml": listening } },
    // The runner gives each job a token of its own; here the reader's stands in for it.
    (stage) => ({ DEPLOY_PAT: userToken(stage, READER), GITHUB_TOKEN: userToken(stage, READER) }),
  );
  const deployed = expect.stringMatching(/^success: [\s\S]*Deploying 1\.4\.0/);
  const handled = expect.stringMatching(/^success: [\s\S]*Handled already/);
  expect(await release(1)).toEqual([deployed]);
  await connect(scene, PROVIDER, CONSUMER, "release.yml", ["release-published-v2"]);
  await put(CONSUMER, "deploy.yml", takesBoth);
  expect(await release(1)).toEqual([deployed]);
  await put(PROVIDER, "release.yml", sendsBoth);
  expect(await release(2)).toEqual([deployed, handled]);
  expect(await release(2)).toEqual([deployed, handled]);
  await put(PROVIDER, "release.yml", after);
  expect(await release(1)).toEqual([deployed]);
  await put(CONSUMER, "deploy.yml", tidied);
  expect(await release(1)).toEqual([deployed]);
}, 180_000);
