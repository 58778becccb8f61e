import { clientPayload } from "../../app/domain/intake/client-payload.ts";
import { RUN_FIELDS } from "../../app/domain/intake/event.ts";
import { webhookBody } from "../../app/domain/notices/notice.ts";
import type { Delivery } from "../../app/domain/records/delivery.ts";
import type { RunFacts } from "../../app/domain/records/event.ts";
import { API } from "./api-document.ts";

/** The names in a value, each by its place; what a provider sends is its own. */
function namesIn(value: unknown, place = ""): string[] {
  if (value === null || typeof value !== "object" || place.endsWith(".zekt.payload")) return [];
  return Object.entries(value)
    .flatMap(([name, inner]) => [`${place}.${name}`, ...namesIn(inner, `${place}.${name}`)])
    .sort();
}

const nothing = null as never;
const delivery = {
  source: { repo: "", slug: "", provider: "", runFields: [...RUN_FIELDS] },
  trace: { hops: 0, causedBy: null },
  replayOf: null,
  durable: null,
} as unknown as Delivery;

/** The product's own value of each shape. */
const MADE: Record<string, () => unknown> = {
  ClientPayload: () => {
    const run = Object.fromEntries(RUN_FIELDS.map((name) => [name, null])) as unknown as RunFacts;
    const joint = { run, body: null, sha256: null, size: 0 };
    const made = clientPayload(delivery, joint, { number: 1, possibleDuplicate: false });
    // As what is undefined would be left out.
    return { ...made, eventType: "", zekt: { ...made.zekt } };
  },
  CloudEvent: () => {
    const joint = { run: {} as RunFacts, body: '{"version":""}', sha256: "", size: 14 };
    const wished = { ...delivery, deliveryId: "", correlationId: "", eventType: "", createdAt: "" };
    const sent = clientPayload({ ...wished, format: "cloudevents" }, joint, {
      number: 1,
      possibleDuplicate: false,
    });
    return { ...sent.cloudevent };
  },
  Notice: () =>
    JSON.parse(
      webhookBody(
        {
          kind: "dead-letter",
          repositoryId: "",
          ownerId: "",
          subject: "",
          at: "",
          reason: "",
          subscriptionId: nothing,
          deliveryId: nothing,
          service: nothing,
          other: nothing,
        },
        "",
      ),
    ),
};

const withoutComments = (text: string): string => text.replaceAll(/\s+\/\/ .*$/gm, "");

/**
 * Returns the faults of a JSON block of a shape, line by line: against the product's own value, or a schema
 * of the API.
 */
export function checkJson(text: string, shape: string): string[] {
  const make = MADE[shape];
  if (make) {
    const [told, made] = [namesIn(JSON.parse(text)), namesIn(make())];
    return [
      ...told.filter((name) => !made.includes(name)).map((name) => `there is no ${name}`),
      ...made.filter((name) => !told.includes(name)).map((name) => `${name} is not told`),
    ];
  }
  if (!API.document.components.schemas[shape]) return [`nothing here has the shape "${shape}"`];
  const validate = API.check("components", "schemas", shape);
  return withoutComments(text)
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => (validate(JSON.parse(line)) ? [] : [`${line}: ${validate.errors?.[0]?.message}`]));
}
