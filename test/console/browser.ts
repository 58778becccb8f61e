import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import type { Stage } from "../../harness/stage.ts";

/** Where Debian and most others put it. */
const CHROMIUM = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
].find((path) => existsSync(path));

/** True when there is a Chromium to test with; without one `npm test` names the tests it left out. */
export const hasChromium = CHROMIUM !== undefined;

/** Builds the console where it is not built from what its sources are now, with the warnings of React. */
export function buildConsole(options: string[] = [], mode = "test"): void {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const { status } = spawnSync(
    process.execPath,
    [`${root}scripts/build-console.ts`, "--if-stale", ...options],
    {
      cwd: root,
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, NODE_ENV: mode },
    },
  );
  if (status !== 0) throw new Error("The console could not be built.");
}

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM ?? "",
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });

/** Somebody at a browser of their own, signed in. What the page complains of is collected. */
export async function signIn(
  browser: Browser,
  stage: Stage,
  login: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<{ page: Page; context: BrowserContext; complaints: string[] }> {
  stage.github.control.setSignIn(login);
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (line) => {
    // Before anybody is signed in the session is answered 401, which is as it should be.
    if (line.type() === "error" && !/401/.test(line.text())) complaints.push(line.text());
  });
  await page.goto(`${stage.server.url}/console/`);
  await page.getByRole("link", { name: "Sign in with GitHub" }).click();
  await page.getByRole("button", { name: `Signed in as ${login}` }).waitFor();
  return { page, context, complaints };
}
