/** A request as AWS's JSON protocols have it once HTTP is taken off. */
export interface Request {
  /** As its command is called, beginning small: `getItem`. */
  action: string;
  /** Of DynamoDB, attributes have their types. */
  body: Record<string, unknown>;
}

/** What it is answered: its output, or the name, text and status that it is refused with. */
export type Answer =
  | { output: Record<string, unknown> }
  | { refused: { name: string; message: string; status: number } };

/** Without what is undefined. */
export const known = (from: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(from).filter(([, value]) => value !== undefined));
