import { LRUCache } from "lru-cache";

type Values = Record<string, Record<string, unknown>>;
interface Context {
  attrNames?: Record<string, string>;
  attrVals?: Values;
  /** What no expression of the request has named yet; taken out of here by whoever names it. */
  unusedAttrNames: Record<string, true>;
  unusedAttrVals: Record<string, true>;
}
interface Parser {
  parse(text: string, options: { context: Context }): unknown;
}

/** A value of a request, in what was made of an expression. */
class Value {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
}
interface Remembered {
  tree: unknown;
  names: string[];
  values: string[];
}

/** What is made of these depends on the values themselves, and of all others on their types alone. */
const OF_VALUES = /between|attribute_type/i;

const allOf = (named: object | undefined): Record<string, true> =>
  Object.fromEntries(Object.keys(named ?? {}).map((name) => [name, true]));

const left = (all: object | undefined, unused: object): string[] =>
  Object.keys(all ?? {}).filter((name) => !(name in unused));

/** Copies what was made of an expression, with something else in some places. */
function copied(tree: unknown, instead: (part: object) => unknown): unknown {
  if (tree === null || typeof tree !== "object") return tree;
  const other = instead(tree);
  if (other !== undefined) return other;
  if (Array.isArray(tree)) return tree.map((part) => copied(part, instead));
  const copy: Record<string, unknown> = {};
  for (const name in tree) copy[name] = copied((tree as Record<string, unknown>)[name], instead);
  return copy;
}

/**
 * Has a parser of dynalite's remember what it made of an expression: the few that are asked for come with
 * other values each time, and to parse one takes longer than to read its item.
 */
export function rememberExpressions(parser: Parser): void {
  const parse = parser.parse.bind(parser);
  const known = new LRUCache<string, Remembered>({ max: 500 });
  parser.parse = (text, { context }) => {
    const { attrNames, attrVals } = context;
    if (OF_VALUES.test(text)) return parse(text, { context });
    const types = Object.entries(attrVals ?? {}).map(([name, value]) => [name, ...Object.keys(value)]);
    const form = JSON.stringify([text, attrNames, types]);
    let remembered = known.get(form);
    if (!remembered) {
      remembered = learn(text, context, parse);
      known.set(form, remembered);
    }
    for (const name of remembered.names) delete context.unusedAttrNames[name];
    for (const name of remembered.values) delete context.unusedAttrVals[name];
    return copied(remembered.tree, (part) => (part instanceof Value ? attrVals?.[part.name] : undefined));
  };
}

function learn(text: string, context: Context, parse: Parser["parse"]): Remembered {
  const { attrNames, attrVals } = context;
  const own = { unusedAttrNames: allOf(attrNames), unusedAttrVals: allOf(attrVals) };
  const made = parse(text, { context: { ...context, ...own } });
  const nameOf = new Map<object, string>(
    Object.entries(attrVals ?? {}).map(([name, value]) => [value, name]),
  );
  return {
    tree: copied(made, (part) => {
      const name = nameOf.get(part);
      return name === undefined ? undefined : new Value(name);
    }),
    names: left(attrNames, own.unusedAttrNames),
    values: left(attrVals, own.unusedAttrVals),
  };
}
