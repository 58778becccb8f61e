/** What stands in the demo's repositories: the same workflows as anyone would write. */

const ACTION = "zekt-dev-org/zekt-action";

const provider = (name: string, jobs: string): string => `name: ${name}
on: push
permissions:
  id-token: write
env:
  ZEKT_API_URL: \${{ vars.ZEKT_API_URL }}
jobs:
${jobs}`;

const send = (eventType: string, payload: string): string => `      - uses: ${ACTION}@v1
        with:
          event-type: ${eventType}
          payload: '${payload}'
`;

const job = (id: string, steps: string): string => `  ${id}:
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
      - uses: ${ACTION}@v1
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

const consumer = (name: string, types: readonly string[], steps: string): string => `name: ${name}
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

const REDEEM = `      - id: zekt
        uses: ${ACTION}/action/confirm@v1
      - run: echo "redeemed $(wc -c < "$FILE") bytes with sha256 $(sha256sum < "$FILE" | cut -d' ' -f1)"
        env:
          FILE: \${{ steps.zekt.outputs.payload-path }}
      - if: always()
        uses: ${ACTION}/action/complete@v1
`;

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
