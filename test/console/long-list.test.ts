import type { Browser, Page } from "playwright-core";
import { expect, test } from "vitest";
import type { Delivery } from "../../app/console/api/types.ts";
import { startWorld, type World } from "../../harness/world.ts";
import { hasChromium, signIn } from "./browser.ts";
import { withBrowser } from "./with-browser.ts";

/* A list of 10,000 deliveries: all of it can be reached, and little of it is in the page at once. */

const COUNT = 10_000;
/** Larger pages than the API gives: what is looked at here is the rows, not how they are read. */
const PAGE = 1000;
/** Rows that may be in the page: a window's, and some above and below. */
const BOUND = 80;

let world: World;
let browser: Browser;

withBrowser(startWorld, (opened) => {
  ({ world, browser } = opened);
});

const buildDelivery = (n: number): Delivery => ({
  deliveryId: `delivery-${n}`,
  correlationId: String(n),
  eventType: `event-${n}`,
  status: n % 7 === 0 ? "Failed" : "Completed",
  isFinalized: true,
  isTest: false,
  durable: false,
  subscriptionId: world.subscriptionId,
  service: {
    serviceId: world.serviceId,
    name: "acme/provider/releases",
    slug: "releases",
    provider: "acme",
    alias: false,
  },
  consumer: { repositoryId: world.consumer, fullName: "initech/consumer" },
  attempts: [],
  failure: null,
  confirmationAttempts: 0,
  owners: [],
  ambiguousRuns: [],
  next: null,
  hasMessage: false,
  shielded: false,
  sides: ["provider"],
  providerRun: { runId: String(n), url: null },
  causedBy: null,
  replayOf: null,
  replayedBy: null,
  createdAt: "2026-01-31T09:30:00.000Z",
  dispatchedAt: "2026-01-31T09:30:00.000Z",
  confirmedAt: null,
  completedAt: null,
  conclusion: null,
});

/** Answers the list from 10,000 deliveries, page by page, and notes which pages were asked for. */
async function serveMany(page: Page): Promise<Set<number>> {
  const asked = new Set<number>();
  await page.route("**/api/deliveries?*", async (route) => {
    const from = Number(new URL(route.request().url()).searchParams.get("cursor") ?? 0);
    asked.add(from / PAGE);
    await route.fulfill({
      json: {
        items: Array.from({ length: PAGE }, (_, n) => buildDelivery(from + n)),
        cursor: from + PAGE < COUNT ? String(from + PAGE) : null,
      },
    });
  });
  return asked;
}

interface Scrolled {
  frames: number[];
  mostRows: number;
}

/** Scrolls on by some pixels a frame until a row is in the page, or for so many frames; how long each took, in milliseconds. */
const scrollTo = (
  page: Page,
  text: string,
  step: number,
  most = Number.MAX_SAFE_INTEGER,
): Promise<Scrolled> =>
  page.evaluate<Scrolled>(`new Promise((resolve) => {
    const frames = [];
    let mostRows = 0;
    let last = performance.now();
    const next = (now) => {
      frames.push(now - last);
      last = now;
      const rows = [...document.querySelectorAll("table[aria-label=Deliveries] tbody tr")];
      mostRows = Math.max(mostRows, rows.length);
      const found = rows.some((row) => row.querySelector("a.open")?.textContent === "${text}");
      if (found || frames.length > ${most}) return resolve({ frames, mostRows });
      window.scrollBy(0, ${step});
      requestAnimationFrame(next);
    };
    requestAnimationFrame(next);
  })`);

const quantile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length * share)] ?? 0;

const say = (what: string, { frames, mostRows }: Scrolled): void => {
  const late = frames.filter((ms) => ms > 50).length;
  const figures = [0.5, 0.95, 0.99].map((share) => quantile(frames, share).toFixed(1)).join(" / ");
  console.info(
    `${what}: ${frames.length} frames, ${figures} ms at p50 / p95 / p99, ${late} over 50 ms, ${mostRows} rows at most`,
  );
};

test.skipIf(!hasChromium)(
  "10,000 deliveries scroll from the first to the last and back, and few rows are ever in the page",
  { timeout: 240_000 },
  async () => {
    const { page, context, complaints } = await signIn(browser, world, "acme-dev", { path: null });
    const asked = await serveMany(page);
    await page.goto(`${world.server.url}/console/provider/${world.provider}/deliveries`);
    await page.getByRole("link", { name: "event-0", exact: true }).waitFor();
    const reading = await scrollTo(page, `event-${COUNT - 1}`, 9000);
    say("reading all, 9000 px a frame", reading);
    expect(asked.size).toBe(COUNT / PAGE);
    expect(reading.mostRows).toBeLessThan(BOUND);
    const table = page.getByRole("table", { name: "Deliveries" });
    expect(await table.getAttribute("aria-rowcount")).toBe(String(COUNT + 1));
    const wheel = await scrollTo(page, "event-0", -100, 180);
    say("scrolling what is read, 100 px a frame", wheel);
    expect(wheel.mostRows).toBeLessThan(BOUND);
    expect((await scrollTo(page, "event-0", -20_000)).mostRows).toBeLessThan(BOUND);
    expect(await page.getByRole("row").nth(1).getAttribute("aria-rowindex")).toBe("2");
    await page.getByRole("link", { name: "event-3", exact: true }).focus();
    await page.keyboard.press("Enter");
    await page.waitForURL(/deliveries\/delivery-3$/);
    // The one delivery is not stored, so its page gets a 404; nothing else is complained of.
    expect(complaints.filter((line) => !/404/.test(line))).toEqual([]);
    await context.close();
  },
);
