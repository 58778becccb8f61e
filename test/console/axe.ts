import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AxeResults } from "axe-core";
import type { Page } from "playwright-core";

/** The source of axe, in the form that a browser reads fastest. */
const SOURCE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The rules whose outcome colours decide. */
const OF_COLOURS = { type: "rule", values: ["color-contrast", "link-in-text-block"] };

/**
 * Returns the serious accessibility problems of a page in its present state. The console has no frames.
 *
 * @param runOnly - axe's option of that name: the rules to apply, all unless given
 */
async function seriousNow(page: Page, runOnly?: typeof OF_COLOURS): Promise<string[]> {
  // Once a page: to read its source takes the browser far longer than to run it.
  if (!(await page.evaluate<boolean>("typeof axe === 'object'"))) await page.evaluate(SOURCE);
  const { violations } = await page.evaluate<AxeResults>(
    // The one rule that needs what is preloaded, of sound that plays by itself, is not serious.
    `axe.run(${JSON.stringify({ resultTypes: ["violations"], preload: false, runOnly })})`,
  );
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}

/** Waits until colours have come to rest, under no pointer. */
async function rest(page: Page): Promise<void> {
  await page.mouse.move(0, 0);
  // A transition begins with the frame after.
  await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  await page.evaluate(
    "Promise.all(document.getAnimations().filter((one) => one instanceof CSSTransition).map((one) => one.finished.catch(() => {})))",
  );
}

/** Returns the serious accessibility problems of a page, and those that its dark colours alone have. */
export async function serious(page: Page): Promise<string[]> {
  const found: string[] = [];
  const colours = new Set<string>();
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme });
    await rest(page);
    colours.add(await page.evaluate<string>("getComputedStyle(document.body).backgroundColor"));
    const rules = colorScheme === "dark" ? OF_COLOURS : undefined;
    for (const one of await seriousNow(page, rules)) found.push(`${colorScheme}: ${one}`);
  }
  if (colours.size !== 2) found.push("The page looks the same in light and in dark.");
  await page.emulateMedia({ colorScheme: "light" });
  return found;
}
