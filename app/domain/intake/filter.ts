import { CelScalar, celEnv, celFunc, isCelError, mapType, parse, plan } from "@bufbuild/cel";
import { cutText } from "../cut-text.ts";
import { MAX_FILTER } from "../limits.ts";
import { recentlyMade } from "../recently-made.ts";
import { checkConversion } from "./filter-conversions.ts";
import { LOOP, Meter, TooCostly } from "./filter-cost.ts";

/** Something wrong in a filter, and where: lines and columns begin at 1. */
export class FilterFault extends Error {
  override name = "FilterFault";
  readonly line: number;
  readonly column: number;

  constructor(message: string, { line, column }: { line: number; column: number }) {
    super(message);
    this.line = line;
    this.column = column;
  }
}

/** The data that a filter judges. */
export interface Judged {
  eventType: string;
  /** The message's JSON; null for an event alone, and for a shielded message. */
  message: string | null;
  /** True where the message is encrypted, so that nobody but its recipients can read it. */
  isShielded?: boolean;
  /** The fields of the run that the subscription's service lets travel, and no other. */
  run: Readonly<Record<string, unknown>>;
}

/** A filter's judgement. An event that it fails at does not come, and the reason is shown. */
export type Judgement = { passes: boolean; failed: null } | { passes: false; failed: string };

/** A filter that was read and checked. */
export type Filter = (judged: Judged) => Judgement;

/** The limits of a filter's parts, and of its loops within one another. */
const MAX_NODES = 500;
const MAX_NESTED_LOOPS = 3;

/** The most brackets within one another: the parser recurses, and machines differ in how far it may. */
const MAX_DEPTH = 100;

/** A failure's reason is shown, and may hold a part of the message: it is cut here. */
const MAX_REASON = 200;

/** The judgement of a filter that reads what it cannot. */
const SHIELDED: Judgement = {
  passes: false,
  failed: "it reads message, which is shielded, so that only the consumer's run can",
};

const VARIABLES: ReadonlySet<string> = new Set(["message", "run", "eventType"]);
/** Operators that are no functions, and names of types. */
const OPERATORS: ReadonlySet<string> = new Set(["_&&_", "_||_", "_?_:_", "_[_]", "@not_strictly_false"]);
const TYPES: ReadonlySet<string> = new Set([
  "bool",
  "bytes",
  "double",
  "int",
  "list",
  "map",
  "null_type",
  "string",
  "type",
  "uint",
]);

const { BOOL, DYN, STRING } = CelScalar;

type Expr = NonNullable<ReturnType<typeof parse>["expr"]>;
type Group = NonNullable<ReturnType<(typeof ENV)["funcs"]["find"]>>;
type Loop = Extract<Expr["exprKind"], { case: "comprehensionExpr" }>["value"];
type SourceInfo = NonNullable<ReturnType<typeof parse>["sourceInfo"]>;

/** The filters that stay read: each event of a service asks for those of its subscriptions. */
const FILTERS = 500;

/**
 * Reads a filter, which is an expression of CEL over `message`, `run` and `eventType`.
 * https://github.com/google/cel-spec/blob/master/doc/langdef.md
 *
 * @throws FilterFault where it is wrong, with the place
 */
export const readFilter: (text: string) => Filter = recentlyMade(FILTERS, read);

/** Judges by a filter that was stored. One that this version cannot read any more fails, and holds up no other. */
export function judgeBy(text: string, judged: Judged): Judgement {
  try {
    return readFilter(text)(judged);
  } catch (fault) {
    return { passes: false, failed: (fault as Error).message };
  }
}

function read(text: string): Filter {
  if (text.length > MAX_FILTER)
    throw new FilterFault(`has more than ${MAX_FILTER} characters`, { line: 1, column: 1 });
  if (bracketDepthOf(text) > MAX_DEPTH)
    throw new FilterFault(`has more than ${MAX_DEPTH} brackets within one another`, { line: 1, column: 1 });
  const { expr, sourceInfo } = parsed(text);
  const check = new Check(text, sourceInfo as SourceInfo);
  check.check(expr as Expr);
  return (judged) => (judged.isShielded && check.readsMessage ? SHIELDED : judge(expr as Expr, judged));
}

/** Returns how many brackets stand within one another. Those in a filter's texts count, too. */
function bracketDepthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const one of text) {
    if ("([{".includes(one)) depth += 1;
    if (")]}".includes(one)) depth -= 1;
    deepest = Math.max(deepest, depth);
  }
  return deepest;
}

function parsed(text: string): ReturnType<typeof parse> {
  try {
    return parse(text);
  } catch (error) {
    const { message, location } = error as Error & { location?: { start: { line: number; column: number } } };
    const place = location?.start ?? { line: 1, column: 1 };
    throw new FilterFault(message.replace(/<input>:\d+:\d+: /, ""), place);
  }
}

/** Checks what the grammar lets pass: names, functions and bounds. */
class Check {
  readonly #text: string;
  readonly #source: SourceInfo;
  #nodes = 0;
  /** True where the filter names the message. */
  readsMessage = false;

  constructor(text: string, source: SourceInfo) {
    this.#text = text;
    this.#source = source;
  }

  check(expr: Expr, names: ReadonlySet<string> = VARIABLES, loops = 0): void {
    this.#nodes += 1;
    if (this.#nodes > MAX_NODES) throw this.#fault(expr, `has more than ${MAX_NODES} parts`);
    this.#checkNames(expr, names);
    if (expr.exprKind.case === "comprehensionExpr") this.#checkLoop(expr, expr.exprKind.value, names, loops);
    else for (const part of partsOf(expr)) this.check(part, names, loops);
  }

  #checkNames(expr: Expr, names: ReadonlySet<string>): void {
    const { case: kind, value } = expr.exprKind;
    if (kind === "identExpr") {
      if (value.name === "message") this.readsMessage = true;
      if (!names.has(value.name) && !TYPES.has(value.name))
        throw this.#fault(expr, `there is no ${value.name}; there are message, run and eventType`);
    }
    if (kind === "callExpr" && !OPERATORS.has(value.function) && !ENV.funcs.find(value.function)) {
      throw this.#fault(expr, `there is no function ${value.function}`);
    }
    if (kind === "structExpr" && value.messageName !== "") {
      throw this.#fault(expr, `there is no type ${value.messageName}`);
    }
  }

  /** Checks a loop, and has its steps counted when it runs. The parser leaves no part of a loop out. */
  #checkLoop(expr: Expr, loop: Loop, names: ReadonlySet<string>, loops: number): void {
    if (loops === MAX_NESTED_LOOPS) {
      throw this.#fault(expr, `has more than ${MAX_NESTED_LOOPS} loops within one another`);
    }
    const { iterRange, accuInit, accuVar, iterVar, loopCondition, loopStep, result } = loop;
    for (const part of [iterRange, accuInit]) this.check(part as Expr, names, loops);
    const within = new Set([...names, accuVar, iterVar]);
    for (const part of [loopCondition, loopStep, result]) this.check(part as Expr, within, loops + 1);
    loop.iterRange = call(LOOP, [iterRange as Expr]);
  }

  #fault({ id }: Expr, message: string): FilterFault {
    const offset = this.#source.positions[String(id)] ?? 0;
    const before = this.#text.slice(0, offset).split("\n");
    return new FilterFault(message, { line: before.length, column: (before.at(-1) as string).length + 1 });
  }
}

/** Lists the expressions that one is made of; of a loop none. */
function partsOf({ exprKind: { case: kind, value } }: Expr): Expr[] {
  if (kind === "selectExpr") return [value.operand as Expr];
  if (kind === "callExpr") return value.target ? [value.target, ...value.args] : value.args;
  if (kind === "listExpr") return value.elements;
  if (kind !== "structExpr") return [];
  return value.entries.flatMap(({ keyKind, value: of }) => [keyKind.value as Expr, of as Expr]);
}

/** Makes a call of a function, as the parser makes those that are written. */
const call = (name: string, args: Expr[]): Expr =>
  ({
    $typeName: "cel.expr.Expr",
    id: 0n,
    exprKind: { case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: name, args } },
  }) as Expr;

const ENV = celEnv({
  funcs: [
    celFunc(LOOP, [DYN], DYN, (range) => range),
    // A key whose value is null is there, too.
    celFunc("@in", [STRING, mapType(DYN, DYN)], BOOL, (key, map) => map.get(key) !== undefined),
  ],
});

function judge(expr: Expr, { eventType, message, run }: Judged): Judgement {
  const json = message ?? "null";
  const meter = new Meter(json.length);
  try {
    const value = plan(
      metered(meter),
      expr,
    )({
      eventType,
      message: celInputOf(json),
      run: celInputOf(JSON.stringify(run)),
    });
    if (typeof value === "boolean") return { passes: value, failed: null };
    if (!isCelError(value)) return { passes: false, failed: "it is neither true nor false" };
    throw value.cause instanceof TooCostly ? value.cause : value;
  } catch (error) {
    // The engine's own stack is one of its bounds.
    const reason = error instanceof RangeError ? "it is nested too deep" : (error as Error).message;
    return { passes: false, failed: cutText(reason, MAX_REASON) };
  }
}

/** Returns the environment with each of its functions charged to a meter, and its conversions checked. */
function metered(meter: Meter): typeof ENV {
  const find: (typeof ENV)["funcs"]["find"] = (name) => {
    const group = ENV.funcs.find(name);
    if (!group) return undefined;
    const charged: Pick<Group, "call"> = {
      call(id, target, args) {
        meter.addOperation(name, target === undefined ? args : [target, ...args]);
        checkConversion(name, args);
        return group.call(id, target, args);
      },
    };
    return charged as Group;
  };
  return Object.create(ENV, { funcs: { value: { find } } }) as typeof ENV;
}

/** Reads JSON for CEL: whole numbers within 64 bits are of its type int, so that `message.n + 1` works. */
function celInputOf(json: string): never {
  const read = (_key: string, value: unknown, { source }: { source: string }): unknown => {
    if (typeof value === "number") return isInt(source) ? BigInt(source) : value;
    // Maps, since a message may have any key, those of JavaScript's own objects too.
    if (typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map))
      return new Map(Object.entries(value));
    return value;
  };
  return (JSON.parse as (text: string, reviver: typeof read) => never)(json, read);
}

const INT_MAX = 2n ** 63n - 1n;

function isInt(source: string): boolean {
  if (!/^-?\d{1,19}$/.test(source)) return false;
  const value = BigInt(source);
  return value <= INT_MAX && value >= -INT_MAX - 1n;
}
