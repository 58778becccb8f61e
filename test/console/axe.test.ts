import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serious } from "./axe.ts";
import { hasChromium, launch } from "./browser.ts";

let browser: Browser;

beforeAll(async () => {
  if (hasChromium) browser = await launch();
}, 60_000);
afterAll(() => browser?.close());

test.skipIf(!hasChromium)(
  "what cannot be used is found, in the colours in which it cannot, and again after it was mended",
  async () => {
    const page = await browser.newPage();
    await page.setContent(`<!doctype html><html lang="en"><title>T</title>
      <style>:root { color-scheme: light dark; } @media (prefers-color-scheme: dark) { body { background: #111; } p { color: #222; } }</style>
      <main><h1>H</h1><p>Too dark in the dark</p><button id="nameless"></button></main>`);
    const found = (await serious(page)).map((one) => one.split(" <")[0]);
    expect(found).toEqual(["light: button-name:", "dark: color-contrast:"]);
    await page.evaluate("document.getElementById('nameless').textContent = 'Named'");
    await page.addStyleTag({ content: "body { background: #fff !important } p { color: #000 !important }" });
    const left = await serious(page);
    expect(left).toContain("The page looks the same in light and in dark.");
    expect(left.filter((one) => /button-name/.test(one))).toEqual([]);
  },
);
