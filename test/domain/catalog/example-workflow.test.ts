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
