import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { startWorld } from "../../../harness/world.ts";

/* Whoever posts a webhook, and goes before all of it came. */

test("a webhook that is cut off is none that could not be stored", async () => {
  const lines: { event: string; level: number }[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const world = await startWorld({}, {}, {}, log);
  try {
    const { hostname, port } = new URL(world.server.url);
    for (const length of ["content-length: 1000", "transfer-encoding: chunked"]) {
      const socket = connect(Number(port), hostname);
      await once(socket, "connect");
      socket.write(
        `POST /github/webhooks/repositories/${world.provider} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n` +
          `x-github-event: ping\r\nx-github-delivery: 1\r\nx-hub-signature-256: sha256=00\r\n${length}\r\n\r\n5\r\n{"a":\r\n`,
      );
      await sleep(100);
      socket.destroy();
    }
    await until(() => lines.some(({ event }) => event === "webhook.cut-off"));
    await sleep(100);
    // The second one came within a minute.
    expect(lines.filter(({ event }) => event === "webhook.cut-off")).toMatchObject([{ before: 0 }]);
    expect(lines.filter(({ event }) => event === "webhook.unstored")).toEqual([]);
    expect([...world.server.deps.failedWebhooks]).toEqual([]);
  } finally {
    await world.close();
  }
});
