import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { licencesOf } from "../../scripts/licences.ts";

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "zekt-licences-"));
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Writes packages, each with its licence, files, and whether only a devDependency asks for it. */
function install(
  packages: Record<string, { license?: string; files?: Record<string, string>; dev?: true }>,
): void {
  const locked: Record<string, object> = {};
  for (const [name, { license = "MIT", files = {}, dev }] of Object.entries(packages)) {
    const folder = join(root, "node_modules", name);
    mkdirSync(folder, { recursive: true });
    const about = { name: name.split("node_modules/").at(-1), version: "1.0.0", license };
    for (const [file, text] of Object.entries({ "package.json": JSON.stringify(about), ...files }))
      writeFileSync(join(folder, file), text);
    locked[`node_modules/${name}`] = { license, dev };
  }
  writeFileSync(join(root, "package-lock.json"), JSON.stringify({ packages: locked }));
}

test("what ships has the licence and the notice of each of its packages, a shared text once", () => {
  const files = { LICENSE: "Do as you like." };
  install({
    a: { files },
    "@b/c": { files },
    "a/node_modules/d": { license: "Apache-2.0", files: { "LICENSE.txt": "Terms.", NOTICE: "By D." } },
    unused: { files },
  });
  const inputs = ["app/own.ts", "node_modules/a/x.js", `${root}/node_modules/@b/c/lib/y.js?z`];
  expect(licencesOf([...inputs, "node_modules/a/node_modules/d/z.js"], root)).toBe(
    "@b/c 1.0.0 (MIT)\na 1.0.0 (MIT)\n\nDo as you like.\n\nd 1.0.0 (Apache-2.0)\n\nTerms.\n\nBy D.\n",
  );
});

test("a package that brings no text along has the one that its licence is known by, or is refused", () => {
  install({ a: {}, b: { license: "Own-1.0" } });
  expect(licencesOf(["node_modules/a/x.js"], root)).toMatch(
    /^a 1\.0\.0 \(MIT\)\n\nCopyright \(c\) the authors of a\n\nPermission is hereby granted/,
  );
  expect(() => licencesOf(["node_modules/b/x.js"], root)).toThrow("Own-1.0.txt");
});

test("a package that ships and that the checks of what ships would leave out is refused", () => {
  install({ a: { dev: true } });
  expect(() => licencesOf(["node_modules/a/x.js"], root)).toThrow(/node_modules\/a ships, but only a devDep/);
});
