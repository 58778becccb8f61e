import { pino } from "pino";
import { afterEach, expect, test } from "vitest";
import { atRest } from "../../harness/stage.ts";
import { startWorld, type World, workflowFile } from "../../harness/world.ts";

/* The demo's last word comes after all that Zekt says of the runs before. */

let world: World;
afterEach(() => world.close());

test("a world at rest has said what became of a run whose end GitHub is only just telling", async () => {
  const keys: string[] = [];
  const log = pino({ level: "info" }, { write: (line: string) => void keys.push(JSON.parse(line).event) });
  world = await startWorld({}, {}, {}, log);
  const { control } = world.github;
  const check = ".github/workflows/check.yml";
  await control.push("acme/provider", { [check]: workflowFile("Check") });
  await atRest(world);
  keys.length = 0;
  const run = await control.startRun({ repository: "acme/provider", workflow: check });
  await control.completeRun(run.id, "success");
  await atRest(world);
  expect(keys).toContain("event.blocked");
});
