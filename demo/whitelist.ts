import { type Stage, until } from "../harness/stage.ts";

/** Pushes workflows to a repository of acme's, and whitelists one of them once GitHub's servers know of the push. */
export async function whitelistPushed(
  { github, api, repositoryId }: Stage,
  fullName: string,
  { files, workflow }: { files: Record<string, string>; workflow: string },
): Promise<void> {
  await github.control.push(fullName, files);
  const workflows = `/repositories/${repositoryId(fullName)}/workflows`;
  const list = () =>
    api<{ items: { path: string; exists: boolean }[] }>("acme-dev", "GET", `${workflows}?limit=100`);
  await until(async () => (await list()).items.some(({ path, exists }) => path === workflow && exists));
  await api("acme-dev", "PUT", `${workflows}/${encodeURIComponent(workflow)}`);
}
