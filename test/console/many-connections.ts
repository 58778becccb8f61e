import type { Page } from "playwright-core";
import type { Connection } from "../../app/console/api/types.ts";

const PAGE = 100;
const HEALTH = ["healthy", "healthy", "healthy", "healthy", "warning", "healthy", "critical"] as const;

const tally = {
  total: 12,
  dispatched: 12,
  confirmed: 0,
  completed: 0,
  failed: 0,
  inFlight: 0,
  successRate: 1,
};

/** 320 connections of 120 services of 40 workflows of 20 providers, to as many repositories of 16 owners. */
export const buildConnections = (): Connection[] =>
  Array.from({ length: 320 }, (_, n): Connection => {
    const service = n % 120;
    return {
      connectionId: `subscription-${n}`,
      status: "approved",
      serviceId: `service-${service}`,
      service: {
        name: `provider-${service % 20}/repo/service-${service}`,
        provider: `provider-${service % 20}`,
        alias: false,
        repository: `provider-${service % 20}/repo`,
        workflow: `.github/workflows/workflow-${service % 40}.yml`,
        slug: `service-${service}`,
      },
      consumer: { repositoryId: String(n), fullName: `owner-${n % 16}/consumer-${n}` },
      durable: n % 3 === 0,
      health: HEALTH[n % HEALTH.length] as Connection["health"],
      reason: "100 % of the deliveries that ended in the last 24 hours succeeded.",
      pausedSince: null,
      last24Hours: tally,
      last7Days: tally,
      filtered: { last24Hours: 0, last7Days: 0, failedInLast7Days: 0 },
      lastEvent: null,
    };
  });

/** Answers the list of connections from these, page by page, as if all consumers were one's own. */
export const serveConnections = (page: Page, connections: readonly Connection[]): Promise<unknown> =>
  page.route("**/api/connections?*", async (route) => {
    const { searchParams } = new URL(route.request().url());
    const from = Number(searchParams.get("cursor") ?? 0);
    const all = searchParams.get("side") === "consumer" ? connections : [];
    await route.fulfill({
      json: {
        items: all.slice(from, from + PAGE),
        cursor: from + PAGE < all.length ? String(from + PAGE) : null,
      },
    });
  });
