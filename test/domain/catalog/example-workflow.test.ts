import { expect, test } from "vitest";
import { exampleWorkflow } from "../../../app/domain/catalog/example-workflow.ts";
import { readDispatchInputs } from "../../../app/domain/delivery/dispatch-inputs.ts";
import { dispatchTypesOf } from "../../../app/domain/delivery/dispatch-types.ts";
import { parseWorkflowFile } from "../../../fake-github/runner/workflow-file.ts";

const wish = { service: { slug: "releases", provider: "acme" }, apiUrl: "https://zekt.example" };
const TYPES = ["release-published", 'odd "type": [x] # {y}', "ünïcode"];

test.each([true, false])("GitHub's own parser takes it, durable or not (%s)", (durable) => {
  const { path, text } = exampleWorkflow({ ...wish, eventTypes: TYPES, durable });
  expect(path).toBe(".github/workflows/acme-releases.yml");
  expect(() => parseWorkflowFile(path, text)).not.toThrow();
  expect(dispatchTypesOf(text)).toEqual(TYPES);
  expect(text.includes("action/complete@v1")).toBe(durable);
});

test("where every type may come it listens to the run alone", () => {
  const { text } = exampleWorkflow({ ...wish, eventTypes: [], durable: false });
  expect(dispatchTypesOf(text)).toEqual(["zekt-workflow-completed"]);
});

test("a name of signs alone makes a file's name all the same", () => {
  const service = { slug: "-", provider: "夜" };
  const { path, text } = exampleWorkflow({ ...wish, service, eventTypes: [], durable: true });
  expect(path).toBe(".github/workflows/zekt.yml");
  expect(() => parseWorkflowFile(path, text)).not.toThrow();
});

test.each([true, false])(
  "one that workflow_dispatch starts takes Zekt's one input, durable or not (%s)",
  (durable) => {
    const { path, text } = exampleWorkflow({
      ...wish,
      eventTypes: TYPES,
      durable,
      start: "workflow_dispatch",
    });
    expect(() => parseWorkflowFile(path, text)).not.toThrow();
    expect(readDispatchInputs(text)).toEqual({ listens: true, problems: [], refused: null });
    expect(text).toMatch(/^run-name: .*fromJSON\(inputs\.zekt\)\.zekt\.eventType/m);
  },
);

test("its actions are the deployment's, by their version or by a commit's SHA with the version behind", () => {
  const sha = "0123456789abcdef0123456789abcdef01234567";
  const actions = `acme/zekt-action@${sha} # v1.2.0`;
  const { path, text } = exampleWorkflow({ ...wish, eventTypes: TYPES, durable: true, actions });
  expect(text).toContain(`uses: acme/zekt-action/action/confirm@${sha} # v1.2.0\n`);
  expect(text).toContain(`uses: acme/zekt-action/action/complete@${sha} # v1.2.0\n`);
  expect(() => parseWorkflowFile(path, text)).not.toThrow();
});

test("a default delivery's workflow is, word for word, what a reader of the documentation expects", () => {
  expect(
    exampleWorkflow({ ...wish, eventTypes: ["a", "b"], durable: false }).text,
  ).toBe(`name: "releases of acme"
run-name: \${{ github.event.client_payload.zekt.eventType }} \${{ github.event.client_payload.zekt.deliveryId }}
on:
  repository_dispatch:
    types: ["a", "b"]
permissions: {}
jobs:
  receive:
    runs-on: ubuntu-latest
    steps:
      - run: echo "$MESSAGE"
        env:
          MESSAGE: \${{ toJSON(github.event.client_payload.zekt.payload) }}
`);
});

test("a durable delivery's workflow confirms, reads the message from its file, and completes", () => {
  expect(
    exampleWorkflow({ ...wish, eventTypes: TYPES, durable: true, start: "workflow_dispatch" }).text,
  ).toBe(`name: "releases of acme"
run-name: \${{ fromJSON(inputs.zekt).zekt.eventType }} \${{ fromJSON(inputs.zekt).zekt.deliveryId }}
on:
  workflow_dispatch:
    inputs:
      zekt:
        description: What Zekt delivers, as JSON
        required: true
        type: string
permissions:
  id-token: write
env:
  ZEKT_API_URL: "https://zekt.example"
jobs:
  receive:
    runs-on: ubuntu-latest
    steps:
      - id: zekt
        uses: zekt-dev-org/zekt-action/action/confirm@v1
        with:
          on-duplicate: skip
      - if: steps.zekt.outputs.duplicate != 'true'
        run: cat "$MESSAGE"
        env:
          MESSAGE: \${{ steps.zekt.outputs.payload-path }}
      - if: always() && steps.zekt.outputs.duplicate != 'true'
        uses: zekt-dev-org/zekt-action/action/complete@v1
`);
});

test.each([true, false])(
  "encrypted messages are decrypted by the confirm action, durable or not (%s)",
  (durable) => {
    const { path, text } = exampleWorkflow({ ...wish, eventTypes: TYPES, durable, shielded: true });
    expect(() => parseWorkflowFile(path, text)).not.toThrow();
    expect(text).toContain(`          private-key: \${{ secrets.SHIELD_KEY }}\n`);
    expect(text).toContain(`MESSAGE: \${{ steps.zekt.outputs.payload-path }}`);
    expect(text).toContain("permissions:\n  id-token: write\n");
    expect(text).not.toContain("payload) }}");
    expect(text.includes("action/complete@v1")).toBe(durable);
  },
);

test.each([
  ["Blue  Heron", "-x.", "blue-heron-x"],
  ["--A9", "b_c", "a9-b-c"],
])("the file for the service %s %s is called %s", (provider, slug, name) => {
  const { path } = exampleWorkflow({ ...wish, service: { provider, slug }, eventTypes: [], durable: false });
  expect(path).toBe(`.github/workflows/${name}.yml`);
});
