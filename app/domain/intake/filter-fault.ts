/** Returns what is wrong in a filter, with its place; null where nothing is. */
export async function filterFault(filter: string): Promise<string | null> {
  // With its library, which a function that starts for something else need not load.
  const { FilterFault, readFilter } = await import("./filter.ts");
  try {
    readFilter(filter);
    return null;
  } catch (error) {
    if (!(error instanceof FilterFault)) throw error;
    return `The filter is wrong at line ${error.line}, column ${error.column}: ${error.message}.`;
  }
}
