import { stripTypeScriptTypes } from "node:module";
import type { Mutant } from "./worker.ts";

/*
 * Changes the conditions of writes, and nothing else: each is left out, each is one that never holds, and each of its
 * checks is left out. Where a step asks whether such a write was made, the answer is once yes and once no.
 */

interface Node {
  type: string;
  start: number;
  end: number;
  loc: { start: { line: number; column: number } };
  [key: string]: unknown;
}
export type Parse = (text: string, options: object) => { program: Node };

/** Methods that write under a condition, with the place of it among their arguments. */
const CONDITION_AT: Record<string, number> = {
  put: 1,
  update: 2,
  delete: 1,
  "#updateRepository": 1,
  "#writeService": 1,
};

/** Methods of stores, and steps, that say whether their conditional write was made. */
const TELLING = new Set([
  "add",
  "addEvent",
  "addMessage",
  "addService",
  "addSubscription",
  "addWorkflow",
  "bury",
  "change",
  "changeShieldKeys",
  "claim",
  "endRouting",
  "freezePlan",
  "recordAccount",
  "recordEnqueued",
  "recordRepository",
  "remove",
  "replace",
  "replaceDelivery",
  "replaceService",
  "updateSubscription",
]);

/** Calls of these names that say nothing of it, and those that are made several at once. */
const TELLS_NOTHING = /\bjobs\.replace$/;
const AT_ONCE = /\bdeliveries\.add$/;

/** Says which change is tried, for the code that is changed. */
export interface ConditionSwitches {
  isOn(id: string): boolean;
}

/** Installs the functions that changed code calls: each passes a value on, or changes it where that is tried. */
export function installConditions({ isOn }: ConditionSwitches): void {
  const never = [{ is: "equals", attribute: "pk", value: "never" }];
  Object.assign(globalThis, {
    __condition: (leftOut: string, isNever: string, value: unknown) => {
      const [without, failing] = [isOn(leftOut), isOn(isNever)];
      return without ? [] : failing ? never : value;
    },
    __check: (leftOut: string, checks: unknown[]) => (isOn(leftOut) ? [] : checks),
    __told: async (made: string, refused: string, value: unknown, given: () => Promise<unknown[]>) => {
      const [asMade, asRefused] = [isOn(made), isOn(refused)];
      if (!asMade && !asRefused) return value;
      if (typeof value === "boolean") return asMade;
      if (value !== null && typeof value === "object" && "won" in value) return { ...value, won: asMade };
      if (asRefused) return null;
      // As it would be had it been written: what was read, and what was to be changed of it.
      return value ?? Object.assign({}, ...(await given()).filter((one) => typeof one === "object"));
    },
  });
}

/** Returns a file's code with all changes in it behind switches, and the changes. */
export function changeConditions(
  name: string,
  content: string,
  parse: Parse,
  isStore: boolean,
): { content: string; mutants: Mutant[] } {
  const text = stripTypeScriptTypes(content);
  const mutants: Mutant[] = [];
  const edits: { at: number; text: string; order: number }[] = [];
  const add = (node: Node, mutatorName: string): string => {
    const id = `${name}:${mutants.length}`;
    const replacement = text.slice(node.start, node.end);
    const { line, column } = node.loc.start;
    mutants.push({
      id,
      fileName: name,
      mutatorName,
      replacement,
      location: { start: { line: line - 1, column } },
    });
    return JSON.stringify(id);
  };
  const wrap = (node: Node, before: string, after: string): void => {
    const order = edits.length + 1;
    edits.push({ at: node.start, text: before, order }, { at: node.end, text: after, order: -order });
  };
  const changeCondition = (node: Node): void => {
    const ids = `${add(node, "left out")}, ${add(node, "never holds")}`;
    wrap(node, `globalThis.__condition(${ids}, `, ")");
  };
  const changeChecks = (array: Node): void => {
    const elements = array.elements as Node[];
    if (elements.length < 2) return;
    for (const one of elements) {
      const isSpread = one.type === "SpreadElement";
      const inner = isSpread ? (one.argument as Node) : one;
      const id = add(one, "check left out");
      if (isSpread) wrap(inner, `globalThis.__check(${id}, `, ")");
      else wrap(inner, `...globalThis.__check(${id}, [`, "])");
    }
  };
  const textOf = ({ start, end }: Node): string => text.slice(start, end);
  /** Answers otherwise whether a write was made. */
  const changeAnswer = (node: Node, call: Node): void => {
    if (call.type !== "CallExpression") return;
    const callee = call.callee as Node;
    if (!TELLING.has(nameOf(callee)) || TELLS_NOTHING.test(textOf(callee))) return;
    const given = (call.arguments as Node[])
      .filter(({ type, name }) => (type === "Identifier" && name !== "deps") || type === "ObjectExpression")
      .map(textOf);
    const ids = `${add(node, "told that it was made")}, ${add(node, "told that it was not made")}`;
    const isAwaited = node !== call;
    const [before, after] = isAwaited ? ["(await ", ")"] : ["(async () => ", ")()"];
    const value = isAwaited ? "" : "await ";
    wrap(node, `${before}globalThis.__told(${ids}, ${value}`, `, async () => [${given}])${after}`);
  };
  const isCheck = (node: Node | null): boolean =>
    node?.type === "CallExpression"
      ? ["equals", "absent", "absentOrAtMost", "ifVersion"].includes(nameOf(node.callee as Node))
      : node?.type === "Identifier" && node.name === "exists";
  const visit = (node: Node, parent: Node | null): void => {
    if (isStore && node.type === "CallExpression") {
      const at = CONDITION_AT[nameOf(node.callee as Node)];
      const condition = at === undefined ? undefined : (node.arguments as Node[])[at];
      if (condition) changeCondition(condition);
    }
    if (isStore && node.type === "ArrayExpression") {
      const elements = node.elements as Node[];
      if (elements.some((one) => isCheck(one.type === "SpreadElement" ? (one.argument as Node) : one)))
        changeChecks(node);
    }
    if (!isStore && node.type === "AwaitExpression" && isHeard(parent))
      changeAnswer(node, node.argument as Node);
    if (!isStore && node.type === "CallExpression" && parent?.type === "ArrowFunctionExpression")
      if (AT_ONCE.test(textOf(node.callee as Node))) changeAnswer(node, node);
    for (const [key, child] of Object.entries(node)) {
      if (key === "loc") continue;
      for (const one of Array.isArray(child) ? child : [child])
        if (one && typeof one === "object" && "type" in one) visit(one as Node, node);
    }
  };
  visit(parse(text, { sourceType: "module" }).program, null);
  let changed = text;
  // From the end on, so that places before stay; of two at one place the outer one begins first and ends last.
  edits.sort((a, b) => b.at - a.at || b.order - a.order);
  for (const { at, text: inserted } of edits) changed = changed.slice(0, at) + inserted + changed.slice(at);
  return { content: changed, mutants };
}

/** Returns whether anybody asks what is awaited within a node. */
const isHeard = (parent: Node | null): boolean =>
  parent?.type !== "ExpressionStatement" &&
  !(parent?.type === "UnaryExpression" && parent.operator === "void");

/** Returns the name of what a call calls, private ones with their hash. */
function nameOf(callee: Node): string {
  if (callee.type === "Identifier") return String(callee.name);
  if (callee.type !== "MemberExpression") return "";
  const property = callee.property as Node;
  if (property.type === "PrivateName") return `#${(property.id as Node).name}`;
  return String(property.name ?? "");
}
