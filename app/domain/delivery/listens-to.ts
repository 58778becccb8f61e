/** Returns whether a dispatch of this type starts a workflow that listens to these types. */
export const listensTo = (types: readonly string[] | null, eventType: string): boolean =>
  types === null || types.includes(eventType);
