import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import { pino } from "pino";
import type { Page } from "playwright-core";
import { CASES } from "../demo/cases.ts";
import { play } from "../demo/play.ts";
import { populate } from "../demo/populate.ts";
import { setStage } from "../harness/stage.ts";
import { buildConsole, hasChromium, launch, signIn } from "../test/console/browser.ts";
import { buildConnections, serveConnections } from "../test/console/many-connections.ts";
import { pagesOf, SCREENS } from "../test/console/pages.ts";

new Command("npm run screenshots --")
  .description("Takes pictures of every page of the console in the demo, for docs/console/. Needs Chromium.")
  .parse();
if (!hasChromium) {
  process.stderr.write("There is no Chromium here: apt-get install chromium.\n");
  process.exit(1);
}
const folder = fileURLToPath(new URL("../docs/console", import.meta.url));
mkdirSync(folder, { recursive: true });
buildConsole([], "production");
const stage = await setStage({ log: pino({ level: "silent" }) });
await populate(stage, () => {});
for (const one of CASES) await play(stage, one, () => {});
const browser = await launch();
for (const colorScheme of ["light", "dark"] as const) {
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const login of ["acme-dev", "hooli-dev"]) {
      const { page, context } = await signIn(browser, stage, login, { path: null, colorScheme, viewport });
      for (const { name, path } of pagesOf(stage).filter((one) => one.login === login)) {
        await page.goto(`${stage.server.url}${path}`);
        await page.getByRole("heading", { level: 1 }).waitFor();
        await page.waitForLoadState("networkidle");
        await page.screenshot({ path: `${folder}/${name}-${colorScheme}-${screen}.png` });
        process.stderr.write(`${name}, ${colorScheme}, ${screen}\n`);
      }
      if (login === "acme-dev") await pictureLargeMap(page, `${colorScheme}-${screen}`);
      await context.close();
    }
  }
}

/** Photographs the map of 500 things: by owner, and with one of its consumers looked for. */
async function pictureLargeMap(page: Page, name: string): Promise<void> {
  await serveConnections(page, buildConnections());
  for (const [what, query] of [
    ["map-500", "?as=map"],
    ["map-500-found", "?as=map&text=owner-7/consumer-151"],
  ]) {
    await page.goto(`${stage.server.url}/console/connections/map${query}`);
    await page.getByText(what === "map-500" ? "of 500 shown" : "1 found").waitFor();
    await page.waitForLoadState("networkidle");
    await page.locator(".react-flow__edge").first().waitFor({ state: "attached" });
    await page.screenshot({ path: `${folder}/${what}-${name}.png` });
    process.stderr.write(`${what}, ${name}\n`);
  }
}

await browser.close();
await stage.close();
process.exit(0);
