import { expect, test } from "vitest";
import { readDispatchInputs } from "../../../app/domain/delivery/dispatch-inputs.ts";

const file = (on: string): string => `on: ${on}\njobs: {}\n`;
const inputs = (text: string): string => file(`{workflow_dispatch: {inputs: ${text}}}`);

test.each([
  ["an input of type string", "{zekt: {type: string}}"],
  ["an input of no type", "{zekt: }"],
  ["others that have a default", "{zekt: {type: string}, place: {required: true, default: here}}"],
  ["others that are not required", "{zekt: {type: string}, place: {type: choice, options: [a]}}"],
  ["others that say so", "{zekt: {type: string}, place: {required: false}}"],
  ["others before it", "{place: {type: boolean}, zekt: {type: string}}"],
  ["its one input required", "{zekt: {required: true}}"],
])("a workflow with %s can be started", (_, text) => {
  expect(readDispatchInputs(inputs(text))).toEqual({ listens: true, problems: [], refused: null });
});

test.each([
  ["no input", file("workflow_dispatch"), "declares no input zekt"],
  ["no input in a list of events", file("[push, workflow_dispatch]"), "declares no input zekt"],
  ["an input of another type", inputs("{zekt: {type: boolean}}"), "of type boolean"],
  ["a required input of its own", inputs("{zekt: , place: {required: true}}"), "place is required"],
  [
    "too many inputs",
    inputs(`{zekt: , ${Array.from({ length: 25 }, (_, n) => `i${n}: `).join(", ")}}`),
    "more than 25",
  ],
])("a workflow with %s is said to be refused, with what is wrong", (_, text, problem) => {
  const { listens, problems } = readDispatchInputs(text);
  expect([listens, problems]).toEqual([true, [expect.stringContaining(problem)]]);
});

test("a workflow that listens to something else does not listen", () => {
  const nothing = { listens: false, problems: [], refused: null };
  expect(readDispatchInputs(file("[push, repository_dispatch]"))).toEqual(nothing);
});

test.each([
  ["has a key twice", "on: workflow_dispatch\non: push\njobs: {}\n"],
  ["has no jobs", "name: a\non: workflow_dispatch\n"],
  [
    "listens to more in a wrong way",
    "on:\n  repository_dispatch: {type: a}\n  workflow_dispatch:\njobs: {}\n",
  ],
])("a file that GitHub refuses, since it %s, is said to be so, with its line", (_, text) => {
  const refused = { line: expect.any(Number), message: expect.any(String) };
  expect(readDispatchInputs(text)).toEqual({ listens: false, problems: [], refused });
});

test.each([
  ["no settings", "on: {workflow_dispatch: }"],
  ["settings that are none", "on: {workflow_dispatch: 7}"],
  ["inputs that are none", "on: {workflow_dispatch: {inputs: 7}}"],
])("a workflow with %s listens, and lacks Zekt's one input", (_, on) => {
  const { listens, problems, refused } = readDispatchInputs(`${on}\njobs: {}\n`);
  expect([listens, refused]).toEqual([true, null]);
  expect(problems).toEqual(["it declares no input zekt"]);
});

test("as many inputs as GitHub takes are no problem, and one more is", () => {
  const of = (count: number): string[] => {
    const inputs = Array.from({ length: count - 1 }, (_, n) => `i${n}: {}`).join(", ");
    return readDispatchInputs(`on: {workflow_dispatch: {inputs: {zekt: {}, ${inputs}}}}\njobs: {}\n`)
      .problems;
  };
  expect(of(25)).toEqual([]);
  expect(of(26)).toEqual(["it declares more than 25 inputs"]);
});
