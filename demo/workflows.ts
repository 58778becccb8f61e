/** The workflows of the demo's repositories, as any team would write them. */
import { DEFAULT_ACTIONS } from "../app/domain/catalog/example-workflow.ts";

/** The actions as the demo names them, and their version. */
export const [ACTION = "", VERSION = ""] = DEFAULT_ACTIONS.split("@");

/** A workflow of a provider, with its jobs. */
export const provider = (name: string, jobs: string): string => `name: ${name}
on: push
permissions:
  id-token: write
env:
  ZEKT_API_URL: \${{ vars.ZEKT_API_URL }}
jobs:
${jobs}`;

const send = (eventType: string, payload: string): string => `      - uses: ${ACTION}@${VERSION}
        with:
          event-type: ${eventType}
          payload: '${payload}'
`;

/** A job with its steps. */
export const job = (id: string, steps: string): string => `  ${id}:
    runs-on: ubuntu-latest
    steps:
${steps}`;

/** Workflows of the provider acme/releases, by path. */
export const ACME_WORKFLOWS: Record<string, string> = {
  ".github/workflows/release.yml": provider(
    "Release",
    job("release", send("release-published", '{"version":"1.4.0","notes":"safe $HOME"}')),
  ),
  ".github/workflows/nightly.yml": provider("Nightly", job("build", "      - run: echo built\n")),
  ".github/workflows/build.yml": provider(
    "Build",
    job("build", send("image-built", '{"image":"app:42"}') + send("sbom-ready", '{"components":17}')),
  ),
  ".github/workflows/report.yml": provider(
    "Report",
    job(
      "report",
      `      - run: node -e 'console.log(JSON.stringify({rows:"x".repeat(300*1024-11)}))' > "$RUNNER_TEMP/report.json"
      - uses: ${ACTION}@${VERSION}
        with:
          event-type: report-ready
          payload-file: \${{ runner.temp }}/report.json
`,
    ),
  ),
  ".github/workflows/flaky.yml": provider("Flaky", job("test", "      - run: exit 1\n")),
  ".github/workflows/internal.yml": provider(
    "Internal",
    job("build", send("internal-thing", '{"secret":true}')),
  ),
  ".github/workflows/staged.yml": provider(
    "Staged",
    job("announce", send("stage-reached", '{"stage":"canary"}')) +
      job("verify", '      - run: test "$GITHUB_RUN_ATTEMPT" != 1\n'),
  ),
  ".github/workflows/docs.yml": provider("Docs", job("docs", send("docs-changed", '{"pages":["index"]}'))),
};

/** Events that durable consumers cannot afford to miss, each sent by a workflow of acme/releases. */
export const DURABLE_EVENTS = {
  invoice: { eventType: "invoice-sent", message: { invoice: 1001 } },
  audit: { eventType: "audit-logged", message: { entry: 7 } },
  alert: { eventType: "alert-raised", message: { alert: "disk" } },
  charge: { eventType: "charge-made", message: { amount: 12 } },
  ping: { eventType: "ping-sent", message: { n: 1 } },
} as const;

for (const [name, { eventType, message }] of Object.entries(DURABLE_EVENTS)) {
  ACME_WORKFLOWS[`.github/workflows/${name}.yml`] = provider(
    name,
    job("send", send(eventType, JSON.stringify(message))),
  );
}

/** The provider globex/night-builds, which nobody is to know by name. */
export const GLOBEX_WORKFLOWS: Record<string, string> = {
  ".github/workflows/build.yml": provider(
    "Secret build",
    job("build", send("artifact-ready", '{"digest":"sha256:1234"}')),
  ),
};

/** The file by which globex/night-builds manages itself. */
export const GLOBEX_FILE = `version: 1
provider:
  workflows:
    - .github/workflows/build.yml
  services:
    - slug: artifacts
      workflow: .github/workflows/build.yml
      description: Nightly artifacts
      alias: Night Owl
      visibility: public
      approve: [hooli]
`;

/** A workflow of a consumer that listens to some types, with its steps. */
export const consumer = (name: string, types: readonly string[], steps: string): string => `name: ${name}
on:
  repository_dispatch:
    types: [${types.join(", ")}]
permissions:
  id-token: write
env:
  ZEKT_API_URL: \${{ vars.ZEKT_API_URL }}
jobs:
  react:
    runs-on: ubuntu-latest
    steps:
${steps}`;

/** Prints what came, from the environment and never from the script's own text. */
const PRINT = `      - run: echo "received $TYPE from $SOURCE - $MESSAGE"
        env:
          TYPE: \${{ github.event.client_payload.zekt.eventType }}
          SOURCE: \${{ github.event.client_payload.zekt.sourceRepo }}
          MESSAGE: \${{ toJSON(github.event.client_payload.zekt.payload) }}
`;

/** A step that says a message's size and hash, by Node: macOS pads what its `wc` says, and may have no `sha256sum`. */
export const measured = (done: string): string =>
  `      - run: node -e 'const text = require("node:fs").readFileSync(process.env.FILE); console.log("${done}", text.length, "bytes with sha256", require("node:crypto").hash("sha256", text))'
        env:
          FILE: \${{ steps.zekt.outputs.payload-path }}
`;

const REDEEM = `      - id: zekt
        uses: ${ACTION}/action/confirm@${VERSION}
${measured("redeemed")}      - if: always()
        uses: ${ACTION}/action/complete@${VERSION}
`;

/** Confirms a delivery, does the work, and says how it went; ends where another run has it already. */
const confirmed = (work: string): string => `      - id: zekt
        uses: ${ACTION}/action/confirm@${VERSION}
        with:
          on-duplicate: skip
      - if: steps.zekt.outputs.duplicate == 'true'
        run: echo "received again, and left alone"
      - if: steps.zekt.outputs.duplicate != 'true'
        run: ${work}
        env:
          ATTEMPT: \${{ github.event.client_payload.zekt.attempt }}
          REPLAY: \${{ github.event.client_payload.zekt.isReplay }}
          MESSAGE: \${{ steps.zekt.outputs.payload }}
      - id: done
        if: always() && steps.zekt.outputs.duplicate != 'true'
        uses: ${ACTION}/action/complete@${VERSION}
      - if: always() && steps.zekt.outputs.duplicate != 'true'
        run: echo "and said $STATUS"
        env:
          STATUS: \${{ steps.done.outputs.status }}
`;

const WORK = 'echo "received attempt $ATTEMPT, replay $REPLAY - $MESSAGE"';
const FAILING_WORK = 'echo "received attempt $ATTEMPT, replay $REPLAY - $MESSAGE" && exit 1';

/** Workflows of the consumers whose delivery is durable, by repository and path. */
export const DURABLE_WORKFLOWS: Record<string, Record<string, string>> = {
  "hooli/ledger": { ".github/workflows/book.yml": consumer("Book", ["invoice-sent"], confirmed(WORK)) },
  "umbrella/audit": {
    // Knows nothing of Zekt: only its webhook tells how it went.
    ".github/workflows/keep.yml": consumer(
      "Keep",
      ["audit-logged"],
      '      - run: echo "received and kept"\n',
    ),
  },
  "initech/pager": { ".github/workflows/page.yml": consumer("Page", ["alert-raised"], confirmed(WORK)) },
  "hooli/till": {
    ".github/workflows/charge.yml": consumer("Charge", ["charge-made"], confirmed(FAILING_WORK)),
  },
  "initech/echo": { ".github/workflows/echo.yml": consumer("Echo", ["ping-sent"], confirmed(WORK)) },
};

/** Workflows of the three consumers, by repository and path. */
export const CONSUMER_WORKFLOWS: Record<string, Record<string, string>> = {
  "initech/deploy": {
    ".github/workflows/deploy.yml": consumer(
      "Deploy",
      ["release-published", "image-built", "stage-reached"],
      PRINT,
    ),
    ".github/workflows/sbom.yml": consumer("SBOM", ["sbom-ready"], PRINT),
  },
  "umbrella/docs": {
    ".github/workflows/watch.yml": consumer("Watch", ["zekt-workflow-completed"], PRINT),
    ".github/workflows/publish.yml": consumer("Publish", ["docs-changed"], PRINT),
    ".github/workflows/index.yml": consumer("Index", ["docs-changed"], PRINT),
  },
  "hooli/mirror": {
    ".github/workflows/report.yml": consumer("Report", ["report-ready"], REDEEM),
    ".github/workflows/mirror.yml": consumer("Mirror", ["artifact-ready"], PRINT),
  },
};
