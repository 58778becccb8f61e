import { expect, test } from "vitest";
import { systemClock } from "../../app/domain/clock.ts";
import { park } from "../../app/domain/delivery/attempt.ts";
import { Changes } from "../../app/store/changes.ts";
import { Deliveries } from "../../app/store/deliveries.ts";
import { openSqlite } from "../../app/store/sqlite/storage.ts";
import { buildDelivery } from "../domain/delivery/build-delivery.ts";

test("a delivery that waits no more is not released once more by an index that lags", async () => {
  const storage = openSqlite();
  const table = storage.table("deliveries", systemClock);
  const sides = { providerRepositoryId: "1", consumerRepositoryId: "2", correlationId: "7", version: 1 };
  const [waits, left] = ["waits", "left"].map((id) => buildDelivery(id, sides));
  if (!waits || !left) throw new Error("There are two.");
  const lagging = {
    put: table.put.bind(table),
    getMany: table.getMany.bind(table),
    page: async () => ({ items: ["left", "waits"].map((pk) => ({ pk, sk: "delivery" })), cursor: null }),
  };
  const deliveries = new Deliveries(lagging as never, systemClock, new Changes());
  await deliveries.add(left);
  await deliveries.add(park(waits, systemClock.now()));
  const parked = await deliveries.parked(waits.subscriptionId, 10);
  expect(parked.map(({ deliveryId }) => deliveryId)).toEqual(["waits"]);
  await storage.close();
});
