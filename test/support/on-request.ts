import type { DynamoDBClient } from "@aws-sdk/client-dynamodb";

/** Has something done before each request to DynamoDB, given its number from 1; ends by what it returns. */
export function onRequest(
  client: DynamoDBClient,
  before: (number: number) => Promise<void> | void,
): () => void {
  const name = `test-${crypto.randomUUID()}`;
  let number = 0;
  client.middlewareStack.add(
    (next) => async (args) => {
      await before(++number);
      return await next(args);
    },
    { step: "initialize", name },
  );
  return () => void client.middlewareStack.remove(name);
}
