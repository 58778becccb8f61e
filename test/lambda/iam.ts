/** One statement of a role's policy, with what it names in AWS's own words. */
export interface Statement {
  Effect: "Allow";
  Action: string[];
  Resource: string | string[];
  Condition?: Record<string, Record<string, string | string[]>>;
}

/** An action and the resource that it asks AWS for. */
export interface Ask {
  action: string;
  resource: string;
  /** The request's own context, such as the prefix that it lists. */
  context?: Record<string, string>;
}

const list = <T>(one: T | readonly T[]): readonly T[] => (Array.isArray(one) ? one : [one as T]);

/** Returns whether a value matches a pattern of IAM: `*` matches anything, `?` one character. */
export function isLike(pattern: string, value: string): boolean {
  const escaped = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&");
  return new RegExp(`^${escaped.replaceAll("*", ".*").replaceAll("?", ".")}$`, "s").test(value);
}

/**
 * Returns whether a role's statements allow an action. It knows the forms that our roles use, and throws for
 * any other.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const allows = (statements: readonly Statement[], ask: Ask): boolean =>
  statements.some((statement) => speaksOf(statement, ask));

function speaksOf({ Effect, Action, Resource, Condition = {} }: Statement, ask: Ask): boolean {
  if (Effect !== "Allow") throw new Error(`A role's statement is to allow, not to ${Effect}.`);
  return (
    list(Action).some((pattern) => isLike(pattern, ask.action)) &&
    list(Resource).some((pattern) => isLike(pattern, ask.resource)) &&
    Object.entries(Condition).every(([operator, keys]) => holds(operator, keys, ask.context ?? {}))
  );
}

/** A key that a request does not have fulfils no condition, but one that is put to it only if it is there. */
function holds(operator: string, keys: Record<string, string | string[]>, context: Ask["context"] = {}) {
  if (operator !== "StringLike" && operator !== "StringLikeIfExists")
    throw new Error(`What the condition ${operator} means is not known here.`);
  return Object.entries(keys).every(([key, patterns]) => {
    const value = context[key];
    if (value === undefined) return operator === "StringLikeIfExists";
    return list(patterns).some((pattern) => isLike(pattern, value));
  });
}

/** A role, taken apart into what each is one thing that it allows. */
export const grantsOf = (statements: readonly Statement[]): Statement[] =>
  statements.flatMap(({ Effect, Action, Resource, Condition }) =>
    list(Action).flatMap((action) =>
      list(Resource).flatMap((Resource) =>
        conditionsOf(Condition).map((Condition) => ({ Effect, Action: [action], Resource, Condition })),
      ),
    ),
  );

const conditionsOf = (condition: Statement["Condition"]): Statement["Condition"][] =>
  condition
    ? Object.entries(condition).flatMap(([operator, keys]) =>
        Object.entries(keys).flatMap(([key, values]) =>
          list(values).map((value) => ({ [operator]: { [key]: value } })),
        ),
      )
    : [undefined];
