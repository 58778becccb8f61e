import { invalid, notFound } from "../errors.ts";
import type { Account, App, Installation, Repository } from "../state.ts";
import type { World } from "../world.ts";

/** Things by the names that the control API is given, or a refusal that says what is missing. */
export const lookups = (world: World) => ({
  account(login: string): Account {
    const account = world.account(login);
    if (!account) throw invalid(`There is no account ${login}.`);
    return account;
  },
  repository(fullName: string): Repository {
    const repository = world.repository(fullName);
    if (!repository) throw invalid(`There is no repository ${fullName}.`);
    return repository;
  },
  app(slug: string): App {
    const app = [...world.apps.values()].find((one) => one.slug === slug);
    if (!app) throw invalid(`There is no App ${slug}.`);
    return app;
  },
  appByClient(clientId: string): App {
    const app = [...world.apps.values()].find((one) => one.clientId === clientId);
    if (!app) throw invalid(`There is no App with client id ${clientId}.`);
    return app;
  },
  installation(id: number): Installation {
    const installation = world.installations.get(id);
    if (!installation) throw notFound();
    return installation;
  },
});
