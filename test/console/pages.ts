import type { Stage } from "../../harness/stage.ts";

/** Every page of the console in the demo, by name: who looks at it, and where it is. */
export function pagesOf(stage: Stage): { name: string; login: string; path: string }[] {
  const acme = stage.repositoryId("acme/releases");
  const ledger = stage.repositoryId("hooli/ledger");
  const page = (name: string, login: string, path: string) => ({ name, login, path: `/console${path}` });
  return [
    page("overview", "acme-dev", "/"),
    page("provider", "acme-dev", "/provider"),
    page("workflows", "acme-dev", `/provider/${acme}`),
    page("services", "acme-dev", `/provider/${acme}/services`),
    page("subscribers", "acme-dev", `/provider/${acme}/subscribers`),
    page("delivery-status", "acme-dev", `/provider/${acme}/deliveries`),
    page("blocked-events", "acme-dev", `/provider/${acme}/blocked`),
    page("audit", "acme-dev", `/provider/${acme}/audit`),
    page("notifications", "acme-dev", `/provider/${acme}/notifications`),
    page("all-deliveries", "acme-dev", "/provider/deliveries"),
    page("consumer", "hooli-dev", "/consumer"),
    page("all-subscriptions", "hooli-dev", "/consumer/subscriptions"),
    page("subscriptions", "hooli-dev", `/consumer/${ledger}`),
    page("received-events", "hooli-dev", `/consumer/${ledger}/received`),
    page("keys", "hooli-dev", `/consumer/${ledger}/keys`),
    page("directory", "hooli-dev", "/directory"),
    page("connections", "hooli-dev", "/connections"),
    page("map", "acme-dev", "/connections/map"),
    page("usage", "acme-dev", "/usage"),
  ];
}

/** The screens that pages are looked at on. */
export const SCREENS = {
  desktop: { width: 1280, height: 860 },
  phone: { width: 390, height: 844 },
} as const;
