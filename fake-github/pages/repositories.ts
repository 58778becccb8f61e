import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { Env, GitHubParts } from "../context.ts";
import type { Control } from "../control/control.ts";
import { formOf } from "../sign-in/form.ts";
import type { Repository } from "../state.ts";
import { page, wantsPage } from "./page.ts";

/** A repository, its files and its runs, as whoever follows a link in a browser wants to see them. */
export function repositoryPages(app: Hono<Env>, { world }: GitHubParts, control: Control): void {
  const repositoryOf = (context: Context<Env>): Repository | undefined =>
    world.repository(`${context.req.param("owner")}/${context.req.param("repo")}`);
  const textAt = (repository: Repository, ref: string, path: string): string | undefined =>
    world.head(repository, ref)?.files.get(path);
  /** Returns the part of the address that follows `part`. */
  const rest = (context: Context<Env>, part: string): string => {
    const path = decodeURIComponent(context.req.path);
    return path.slice(path.indexOf(part) + part.length);
  };
  app.get("/:owner/:repo", (context, next) => {
    const repository = repositoryOf(context);
    if (!repository || !wantsPage(context)) return next();
    const name = world.fullName(repository);
    const branch = repository.defaultBranch;
    const paths = [...(world.head(repository)?.files.keys() ?? [])];
    const runs = [...world.runs.values()].filter(({ repositoryId }) => repositoryId === repository.id);
    return page(
      context,
      name,
      html`<ul>${paths.map((path) => html`<li><a href="/${name}/blob/${branch}/${path}">${path}</a></li>`)}</ul>
        <h2>Runs</h2>
        <ul>${runs.reverse().map(({ id, displayTitle }) => html`<li><a href="/${name}/actions/runs/${id}">${displayTitle}</a></li>`)}</ul>`,
    );
  });
  app.get("/:owner/:repo/blob/:ref/*", (context, next) => {
    const repository = repositoryOf(context);
    const ref = context.req.param("ref");
    const path = rest(context, `/blob/${ref}/`);
    const text = repository && textAt(repository, ref, path);
    return text === undefined ? next() : page(context, path, html`<pre>${text}</pre>`);
  });
  app.get("/:owner/:repo/new/:ref", (context, next) => {
    if (!repositoryOf(context)) return next();
    const path = context.req.query("filename") ?? "";
    return page(
      context,
      `New file in ${context.req.param("owner")}/${context.req.param("repo")}`,
      html`<form method="post">
        <p><label>Path <input name="path" size="60" value="${path}" required /></label></p>
        <p><label>Text <textarea name="text" rows="20" cols="80">${context.req.query("value") ?? ""}</textarea></label></p>
        <p><button>Commit to ${context.req.param("ref")}</button></p>
      </form>`,
    );
  });
  app.post("/:owner/:repo/new/:ref", async (context, next) => {
    const repository = repositoryOf(context);
    if (!repository) return await next();
    const ref = context.req.param("ref");
    const { path = "", text = "" } = await formOf(context);
    const name = world.fullName(repository);
    await control.push(name, { [path]: text.replaceAll("\r\n", "\n") }, ref);
    return context.redirect(`/${name}/blob/${ref}/${path}`, 303);
  });
  app.get("/:owner/:repo/actions/runs/:id", (context, next) => {
    const run = world.runs.get(Number(context.req.param("id")));
    const repository = repositoryOf(context);
    if (!run || run.repositoryId !== repository?.id || !wantsPage(context)) return next();
    const attempts = run.attempts.map(
      ({ attempt, status, conclusion, log }) =>
        html`<h2>Attempt ${attempt}: ${conclusion ?? status}</h2><pre>${log.join("\n")}</pre>`,
    );
    return page(context, run.displayTitle, html`<p>${run.name}, by ${run.event}</p>${attempts}`);
  });
}
