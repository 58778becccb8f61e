/** Milliseconds until an index knows of a new item. DynamoDB may take a second, and asks its users to try again. */
const BEHIND = 300;

type Item = Record<string, { S?: string } | undefined>;

/** A request to DynamoDB, as far as it writes items or reads an index. */
interface Asked {
  TableName?: string;
  IndexName?: string;
  Item?: Item;
  Key?: Item;
  RequestItems?: Record<string, { PutRequest?: { Item: Item } }[]>;
}

const nameOf = (table: string, { pk, sk }: Item): string => `${table}\n${pk?.S}\n${sk?.S}`;

/**
 * The indexes of an account's tables, which dynalite has up to date at once and DynamoDB has not.
 * https://repost.aws/knowledge-center/dynamodb-missing-table-items-gsi
 */
export class LaggingIndexes {
  readonly #writtenAt = new Map<string, number>();

  /** Records the items that a request writes for the first time. */
  record(target: string, body: Buffer): void {
    if (!/\.(?:PutItem|UpdateItem|BatchWriteItem)$/.test(target)) return;
    const { TableName, Item, Key, RequestItems = {} } = JSON.parse(body.toString()) as Asked;
    const one = Item ?? Key;
    const names = Object.entries(RequestItems).flatMap(([table, requests]) =>
      requests.flatMap(({ PutRequest }) => (PutRequest ? nameOf(table, PutRequest.Item) : [])),
    );
    if (TableName && one) names.push(nameOf(TableName, one));
    for (const name of names) if (!this.#writtenAt.has(name)) this.#writtenAt.set(name, Date.now());
  }

  /** Returns an index's answer without what it cannot know yet; any other one as it is. */
  answer(target: string, body: Buffer, answer: Buffer): Buffer {
    const { TableName = "", IndexName } = JSON.parse(body.toString()) as Asked;
    const { Items, ...rest } = JSON.parse(answer.toString()) as { Items?: Item[] };
    if (!target.endsWith(".Query") || !IndexName || !Items) return answer;
    const isKnown = (item: Item): boolean =>
      Date.now() - (this.#writtenAt.get(nameOf(TableName, item)) ?? 0) > BEHIND;
    const known = Items.filter(isKnown);
    return Buffer.from(JSON.stringify({ ...rest, Items: known, Count: known.length }));
  }
}
