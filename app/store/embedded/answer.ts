/** A request as AWS's JSON protocols have it once HTTP is taken off. */
export interface Request {
  /** As its command is called, beginning small: `getItem`. */
  action: string;
  /** Of DynamoDB, attributes have their types. */
  body: Record<string, unknown>;
}

/** How a request is refused: as the service names it, and with which status. */
export interface Refused {
  name: string;
  message: string;
  status: number;
}

/** What it is answered: its output, or how it is refused. */
export type Answer = { output: Record<string, unknown> } | { refused: Refused };

/** Without what is undefined. */
export function known(from: object): Record<string, unknown> {
  const to: Record<string, unknown> = {};
  for (const name of Object.keys(from)) {
    const value = (from as Record<string, unknown>)[name];
    if (value !== undefined) to[name] = value;
  }
  return to;
}
