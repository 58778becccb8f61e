import type { Check, Condition } from "../ports.ts";

/** A condition in DynamoDB's own words. */
export interface Expression {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

/**
 * Returns a condition in DynamoDB's words; `now` in epoch seconds.
 * https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
 */
export function expressionOf(condition: Condition, now: number): Expression {
  const names: Record<string, string> = {};
  const values: Record<string, unknown> = {};
  const texts = condition.map((check, index) => {
    if ("attribute" in check && check.attribute !== "pk") names[`#c${index}`] = check.attribute;
    if ("value" in check) values[`:c${index}`] = check.value;
    if (isAbsence(check)) values[":now"] = now;
    return `(${textOf(check, index)})`;
  });
  return {
    ConditionExpression: texts.join(" AND "),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  };
}

const isAbsence = (check: Check): boolean => check.is === "absent" && check.attribute === "pk";

function textOf(check: Check, index: number): string {
  switch (check.is) {
    case "exists":
      return "attribute_exists(pk)";
    case "absent":
      // DynamoDB may not have removed yet what is past its TTL.
      return isAbsence(check)
        ? "attribute_not_exists(pk) OR expiresAt <= :now"
        : `attribute_not_exists(#c${index})`;
    case "equals":
      return `#c${index} = :c${index}`;
    case "absentOrAtMost":
      return `attribute_not_exists(#c${index}) OR #c${index} <= :c${index}`;
  }
}
