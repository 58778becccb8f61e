import { afterEach, expect, test } from "vitest";
import { DAY, systemClock } from "../../app/domain/clock.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { randomOf } from "../support/random.ts";
import { SKIES, Sky } from "./weather.ts";

const { now } = systemClock;
afterEach(() => {
  systemClock.now = now;
});

/** Makes a sky with one kind of weather all the time. */
const skyOf = (storm: (typeof SKIES.all)[number]): Sky =>
  new Sky(randomOf(1), Number.POSITIVE_INFINITY, 0, { storms: [storm] });

test("a lost deletion has its message come again, now and long after it was worked", async () => {
  const storage = openSqlite();
  const queue = skyOf("deletions-lost").over(storage).queue("routing");
  const worked: string[] = [];
  const drain = async (): Promise<void> => {
    for (let idle = 0; idle < 5; ) {
      const received = await queue.receive(10);
      worked.push(...received.map(({ body }) => body));
      await queue.remove(received);
      idle = received.length === 0 ? idle + 1 : 0;
      if (worked.length > 5000) return;
    }
  };
  const bodies = Array.from({ length: 50 }, (_, n) => String(n));
  // The weather changes by the clock: it takes some spells until deletions are lost.
  for (let spell = 0; worked.length <= 100 && spell < 20; spell++) {
    await queue.send(bodies.map((body) => ({ body, group: "group" })));
    await Promise.race([drain(), new Promise((done) => setTimeout(done, 450))]);
  }
  const times = Map.groupBy(worked, (body) => body);
  expect([...times.keys()].sort()).toEqual([...bodies].sort());
  await storage.close();
});

test("a clock is right again when the weather is over, however far it jumped", () => {
  const sky = new Sky(randomOf(1), Date.now() + 0, 60_000, { storms: SKIES.clock });
  expect(sky).toBeDefined();
  expect(Math.abs(systemClock.now() - Date.now() - 60_000)).toBeLessThan(1000);
  expect(Math.abs(systemClock.now() - Date.now())).toBeLessThan(DAY);
});
