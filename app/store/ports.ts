export interface Key {
  pk: string;
  sk: string;
}

/** An item: its key, whatever it holds, and where it may end by itself its TTL in epoch seconds. */
export type Item<T> = T & Key & { expiresAt?: number };

/** A condition under which a write is made, in DynamoDB's own words. */
export interface Condition {
  ConditionExpression: string;
  ExpressionAttributeNames?: Record<string, string>;
  ExpressionAttributeValues?: Record<string, unknown>;
}

export interface QueryOptions {
  /** Items a page. */
  limit?: number;

  /** Where the page before ended, as it said. */
  cursor?: string | undefined;

  /** Instead of a cursor, the whole key of the item to go on after. */
  startAfter?: Record<string, string> | undefined;
  descending?: boolean;

  /** Only sort keys that begin so. */
  beginsWith?: string;

  /** Only sort keys within, both ends included. */
  between?: readonly [string, string];
}

export interface Page<T> {
  items: T[];
  cursor: string | null;
}
