import { expect, test } from "vitest";
import { nameDelivery } from "../../../action/shared/delivery.ts";

const EVENT = { correlationId: "77", deliveryId: "delivery-1" };

test.each([
  ["nothing", {}, { correlationId: "77", deliveryId: "delivery-1" }],
  ["a delivery", { deliveryId: "delivery-2" }, { correlationId: "77", deliveryId: "delivery-2" }],
  ["the event's own run", { correlationId: "77" }, { correlationId: "77", deliveryId: "delivery-1" }],
  ["another run", { correlationId: "88" }, { correlationId: "88" }],
  [
    "another run and its delivery",
    { correlationId: "88", deliveryId: "delivery-2" },
    { correlationId: "88", deliveryId: "delivery-2" },
  ],
])("given %s, the delivery is %o", (_, given, named) => {
  expect(nameDelivery({ correlationId: "", deliveryId: "", ...given }, EVENT)).toEqual(named);
});

test("without an event of Zekt's the correlation id has to be given", () => {
  expect(() => nameDelivery({ correlationId: "", deliveryId: "delivery-2" }, {})).toThrow(
    "the input correlation-id is not set",
  );
  expect(nameDelivery({ correlationId: "88", deliveryId: "" }, {})).toEqual({ correlationId: "88" });
});
