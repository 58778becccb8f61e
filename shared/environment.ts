/** Environment variables by their names. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Returns the variables that are set: one without anything in it counts as not set, as `.env` files leave them. */
export const setIn = (env: Environment): Environment =>
  Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value.trim() !== ""));
