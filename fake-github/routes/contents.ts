import { createHash } from "node:crypto";
import type { Hono } from "hono";
import { type Env, type GitHubParts, onRepository, param } from "../context.ts";
import { GitHubError, notFound } from "../errors.ts";
import { repositoryUrl } from "../payloads/repository.ts";
import type { Commit, Repository } from "../state.ts";
import type { World } from "../world.ts";

/** Above this a file comes without its content. */
const MAX_CONTENT_BYTES = 1024 * 1024;
const LINE = 60;

const shaOf = (kind: "blob" | "tree", text: string): string =>
  createHash("sha1")
    .update(`${kind} ${Buffer.byteLength(text)}\0${text}`)
    .digest("hex");

/** Base64 as GitHub writes it: in lines. */
const encode = (text: string): string =>
  Buffer.from(text)
    .toString("base64")
    .replace(new RegExp(`(.{${LINE}})`, "g"), "$1\n")
    .replace(/\n?$/, "\n");

function entryJson(
  world: World,
  repository: Repository,
  ref: string,
  path: string,
  text: string | undefined,
) {
  const base = repositoryUrl(world, repository);
  const page = `${world.url}/${world.fullName(repository)}`;
  const isFile = text !== undefined;
  const sha = shaOf(isFile ? "blob" : "tree", text ?? path);
  const url = `${base}/contents/${path}?ref=${encodeURIComponent(ref)}`;
  const git = `${base}/git/${isFile ? "blobs" : "trees"}/${sha}`;
  const html = `${page}/${isFile ? "blob" : "tree"}/${ref}/${path}`;
  return {
    name: path.split("/").at(-1),
    path,
    sha,
    size: isFile ? Buffer.byteLength(text) : 0,
    url,
    html_url: html,
    git_url: git,
    download_url: isFile ? `${page}/raw/${ref}/${path}` : null,
    type: isFile ? "file" : "dir",
    _links: { self: url, git, html },
  };
}

/** Returns the direct children of a folder; undefined stands for a folder. */
function childrenOf(files: ReadonlyMap<string, string>, folder: string): Map<string, string | undefined> {
  const prefix = folder === "" ? "" : `${folder}/`;
  const children = new Map<string, string | undefined>();
  for (const [path, text] of files) {
    if (!path.startsWith(prefix)) continue;
    const [name, ...rest] = path.slice(prefix.length).split("/");
    children.set(`${prefix}${name}`, rest.length === 0 ? text : undefined);
  }
  return children;
}

/**
 * Returns the commit that a ref is read at. The webhook of a push comes before all servers know of it. Until then its
 * branch is read as it was, and its commit is not found.
 * https://github.com/rancher/fleet/pull/4842, https://github.com/octokit/octokit.js/issues/900
 */
function shownCommit(world: World, repository: Repository, ref: string | undefined): Commit | undefined {
  const isKnown = ({ at, parent }: Commit): boolean =>
    parent === null || world.isKnown(at, world.settings.pushDelayMs);
  let commit = world.commit(repository, ref);
  if (commit?.sha === ref) return commit && isKnown(commit) ? commit : undefined;
  while (commit?.parent && !isKnown(commit)) commit = repository.commits.get(commit.parent);
  return commit;
}

/** Files and folders: https://docs.github.com/en/rest/repos/contents#get-repository-content */
export function contentRoutes(app: Hono<Env>, parts: GitHubParts): void {
  const { world } = parts;
  onRepository(app, parts, "get", "/contents/:path{.*}", ["contents", "read"], (context, repository) => {
    const path = decodeURIComponent(param(context, "path")).replace(/\/+$/, "");
    const asked = context.req.query("ref");
    const commit = shownCommit(world, repository, asked);
    if (!commit) throw new GitHubError(404, `No commit found for the ref ${asked}`);
    const ref = asked ?? repository.defaultBranch;
    const text = commit.files.get(path);
    if (text !== undefined) {
      const small = Buffer.byteLength(text) <= MAX_CONTENT_BYTES;
      const content = small
        ? { content: encode(text), encoding: "base64" }
        : { content: "", encoding: "none" };
      return context.json({ ...entryJson(world, repository, ref, path, text), ...content });
    }
    const children = childrenOf(commit.files, path);
    if (children.size === 0) throw notFound();
    return context.json([...children].map(([at, child]) => entryJson(world, repository, ref, at, child)));
  });
}
