import { existsSync, globSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { codeIn, ROOT, readDocument } from "./documents.ts";

const FLOORS = ["app/steps", "app/domain", "app/http"];
const ROOMS = [
  ...FLOORS.flatMap((floor) =>
    readdirSync(`${ROOT}${floor}`, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => `${floor}/${name}`),
  ),
  ...["store", "github", "outbound", "console", "lambda", "main", "log"].map((room) => `app/${room}`),
  ...["cli", "fake-github", "harness", "bench", "demo", "shared"],
];

const codesOf = (file: string): string[] => readDocument(file).prose.split("\n").flatMap(codeIn);

/** Returns the paths that a text names, from its folder or from the root, that are not there. */
const missing = (file: string, folder: string): string[] =>
  codesOf(file)
    .filter((code) => /^[\w./*-]+(?:\/|\.(?:tsx?|json|cjs))$/.test(code))
    .filter((code) => ![folder, ""].some((base) => existsSync(join(ROOT, base, code))));

test.each(ROOMS)("%s says what comes in, what goes out, where to begin, and its tests", (room) => {
  const text = readFileSync(join(ROOT, room, "README.md"), "utf8");
  expect(text).toMatch(
    /^# .+\n[\s\S]*^- \*\*In\*\*.+\n- \*\*Out\*\*.+\n- \*\*Begin at\*\*.+\n- \*\*Tests\*\*/m,
  );
  expect(missing(`${room}/README.md`, room)).toEqual([]);
});

test.each(["CONTRIBUTING.md", "docs/architecture.md"])("the files that %s names are there", (file) => {
  expect(missing(file, "app")).toEqual([]);
});

test("every step has a test of its name, or its room's README names the test that covers it", () => {
  const steps = globSync("app/steps/*/*.ts", { cwd: ROOT });
  const untold = steps.filter((path) => {
    const [, , room = "", name = ""] = path.split("/");
    if (existsSync(join(ROOT, "test/steps", room, name.replace(/\.ts$/, ".test.ts")))) return false;
    return !codesOf(`app/steps/${room}/README.md`).includes(name);
  });
  expect(steps.length).toBeGreaterThan(50);
  expect(untold).toEqual([]);
});
