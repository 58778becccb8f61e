/** Whether a workflow that listens to these types is started by a dispatch of this one. */
export const listensTo = (types: readonly string[] | null, eventType: string): boolean =>
  types === null || types.includes(eventType);
