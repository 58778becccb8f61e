import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { pino } from "pino";
import { expect, test } from "vitest";
import { until } from "../../../harness/stage.ts";
import { startWorld, tokenOf, WORKFLOW } from "../../../harness/world.ts";
import { userToken } from "../client.ts";

/* Callers of the API that leave before all of the body came: a job that was cancelled, a closed tab. */

test("a request that is cut off is no failure of the server's", async () => {
  const lines: { event: string; status?: number }[] = [];
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const world = await startWorld({}, {}, {}, log);
  try {
    const { id } = await world.github.control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
    const { hostname, port } = new URL(world.server.url);
    const callers = [
      ["POST /api/events/receive", await tokenOf(world, id)],
      [`PATCH /api/repositories/${world.consumer}`, userToken(world, "initech-dev")],
    ];
    for (const [line, token] of callers) {
      for (const length of ["content-length: 1000", "transfer-encoding: chunked"]) {
        const socket = connect(Number(port), hostname);
        await once(socket, "connect");
        socket.write(
          `${line} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${token}\r\ncontent-type: application/json\r\n${length}\r\n\r\n5\r\n{"a":\r\n`,
        );
        await sleep(300);
        socket.destroy();
      }
    }
    await until(
      () => lines.filter(({ event, status }) => event === "request.answered" && status === 400).length === 4,
    );
    expect(lines.filter(({ event }) => event === "request.failed")).toEqual([]);
  } finally {
    await world.close();
  }
});
