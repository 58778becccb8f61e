import type { Context, Hono } from "hono";
import { html } from "hono/html";
import type { Env, GitHubParts } from "../context.ts";
import type { Control } from "../control/control.ts";
import { notFound } from "../errors.ts";
import { formOf } from "../sign-in/form.ts";
import type { Installation } from "../state.ts";
import { page } from "./page.ts";

/** Where people install an App and change its installations. */
export function installationPages(app: Hono<Env>, { world }: GitHubParts, control: Control): void {
  const addressOf = ({ id, accountId }: Installation): string => {
    const account = world.accounts.get(accountId);
    const owner = account?.type === "Organization" ? `/organizations/${account.login}` : "";
    return `${owner}/settings/installations/${id}`;
  };
  const appOf = (slug: string) => {
    const found = [...world.apps.values()].find((one) => one.slug === slug);
    if (!found) throw notFound();
    return found;
  };
  app.get("/apps/:slug/installations/new", (context) => {
    const { id, name } = appOf(context.req.param("slug"));
    const accounts = [...world.accounts.values()].filter(({ type }) => type !== "Bot");
    const rows = accounts.map((account) => {
      const installation = world.installationOf(id, account.id);
      return installation
        ? html`<p><a href="${addressOf(installation)}">${account.login}: configure</a></p>`
        : html`<p><button name="account" value="${account.login}">${account.login}: install on all repositories</button></p>`;
    });
    return page(context, `Install ${name}`, html`<form method="post">${rows}</form>`);
  });
  app.post("/apps/:slug/installations/new", async (context) => {
    const { account } = await formOf(context);
    const installation = await control.install({
      app: context.req.param("slug"),
      account: account ?? "",
    });
    return context.redirect(addressOf(installation), 303);
  });
  const show = (context: Context<Env>) => {
    const installation = installationOf(context);
    const app = world.appOf(installation);
    const account = world.accounts.get(installation.accountId);
    const names = world.repositoriesOf(installation).map((one) => world.fullName(one));
    const state = installation.suspendedAt === null ? "active" : "suspended";
    const buttons = [
      installation.suspendedAt === null ? ["suspend", "Suspend"] : ["unsuspend", "Unsuspend"],
      ["accept", "Accept the permissions the App asks for"],
      ["uninstall", "Uninstall"],
    ];
    return page(
      context,
      `${app.name} on ${account?.login}`,
      html`<p>The installation is ${state} and reaches:</p>
        <ul>${names.map((name) => html`<li><a href="/${name}">${name}</a></li>`)}</ul>
        <form method="post">${buttons.map(([what, label]) => html`<p><button name="do" value="${what}">${label}</button></p>`)}</form>`,
    );
  };
  const installationOf = (context: Context<Env>): Installation => {
    const found = world.installations.get(Number(context.req.param("id")));
    if (!found) throw notFound();
    return found;
  };
  const change = async (context: Context<Env>): Promise<Response> => {
    const { id, ...installation } = installationOf(context);
    const { do: wanted } = await formOf(context);
    if (wanted === "suspend") await control.suspend(id);
    else if (wanted === "unsuspend") await control.unsuspend(id);
    else if (wanted === "accept") {
      const { permissions } = world.appOf({ id, ...installation });
      await control.setPermissions(id, permissions);
    } else if (wanted === "uninstall") {
      await control.uninstall(id);
      return context.redirect(`/apps/${world.apps.get(installation.appId)?.slug}/installations/new`, 303);
    }
    return context.redirect(context.req.path, 303);
  };
  for (const path of ["/settings/installations/:id", "/organizations/:login/settings/installations/:id"]) {
    app.get(path, show);
    app.post(path, change);
  }
}
