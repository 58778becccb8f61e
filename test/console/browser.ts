import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Browser, type BrowserContext, chromium, type Page, type Request } from "playwright-core";
import { type Stage, until } from "../../harness/stage.ts";
import { Browser as PlainBrowser } from "../support/browser.ts";

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

/** The requests under way of each page, but for its stream of changes, which never ends. */
const underWay = new WeakMap<Page, Set<Request>>();

/** Somebody at a browser of their own. What the page complains of is collected. */
interface Person {
  page: Page;
  context: BrowserContext;
  complaints: string[];
}

type ContextOptions = NonNullable<Parameters<Browser["newContext"]>[0]>;

/**
 * Returns somebody who is signed in, at a page of the console. The session is made without the browser, which would load
 * two pages for it; {@link signInByPage} goes the way of people.
 *
 * @param path - the page under `/console`; where it is null, none is loaded
 */
export async function signIn(
  browser: Browser,
  stage: Stage,
  login: string,
  { path = "/", ...options }: ContextOptions & { path?: string | null } = {},
): Promise<Person> {
  stage.github.control.setSignIn(login);
  const plain = new PlainBrowser();
  await plain.open(`${stage.server.url}/console/sign-in`);
  const person = await arrive(browser, options);
  const cookies = plain.cookies(stage.server.url).split("; ");
  await person.context.addCookies(
    cookies.map((cookie) => {
      const [name = "", value = ""] = cookie.split(/=(.*)/s);
      return { name, value, url: stage.server.url, httpOnly: true, sameSite: "Lax" };
    }),
  );
  if (path === null) return person;
  await person.page.goto(`${stage.server.url}/console${path}`);
  // A panel that is open with the page hides the rest from screen readers.
  await person.page.getByRole("button", { name: `Signed in as ${login}`, includeHidden: true }).waitFor();
  return person;
}

/** Returns somebody who signed in as people do, and is at the console's first page. */
export async function signInByPage(browser: Browser, stage: Stage, login: string): Promise<Person> {
  stage.github.control.setSignIn(login);
  const person = await arrive(browser);
  await person.page.goto(`${stage.server.url}/console/`);
  await person.page.getByRole("link", { name: "Sign in with GitHub" }).click();
  await person.page.getByRole("button", { name: `Signed in as ${login}` }).waitFor();
  return person;
}

/** Returns somebody who is not signed in, with an empty page. */
async function arrive(browser: Browser, options: ContextOptions = {}): Promise<Person> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, ...options });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", ({ message }) => complaints.push(message));
  page.on("console", (line) => {
    // Before anybody is signed in the session is answered 401, which is as it should be.
    if (line.type() === "error" && !/401/.test(line.text())) complaints.push(line.text());
  });
  const requests = new Set<Request>();
  underWay.set(page, requests);
  page.on("request", (request) => {
    if (request.resourceType() !== "eventsource") requests.add(request);
  });
  page.on("requestfinished", (request) => void requests.delete(request));
  page.on("requestfailed", (request) => void requests.delete(request));
  return { page, context, complaints };
}

/** Waits until a page of {@link signIn} asks for nothing, and has drawn what it was told. */
export async function isDrawn(page: Page): Promise<void> {
  const requests = underWay.get(page);
  const isAtRest = async (): Promise<boolean> => {
    if (!requests || requests.size > 0) return false;
    // What was told is drawn with the next frame, and may lead to another request.
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    const isLoading = await page.evaluate<boolean>("document.querySelector('.skeleton, .loading') !== null");
    return !isLoading && requests.size === 0;
  };
  await until(async () => (await isAtRest()) && (await isAtRest()));
}

/**
 * Goes to another page of the console as a link of its own does, which loads no file again, and waits until it is
 * drawn. Where only the query differs, nothing tells when the page follows it, so that it is loaded anew.
 */
export async function visit(page: Page, url: string): Promise<void> {
  const { pathname, search } = new URL(url);
  if (new URL(page.url()).pathname === pathname) await page.goto(url);
  else {
    // Each page names the browser's tab once it is there.
    const address = JSON.stringify(pathname + search);
    await page.evaluate(
      `document.title = ""; history.pushState(null, "", ${address}); dispatchEvent(new PopStateEvent("popstate"))`,
    );
    await until(async () => (await page.title()) !== "");
  }
  await isDrawn(page);
}
