/** Returns an address as browsers write an origin, which compare it with their own; null where it is more, or none. */
export function originOf(address: string): string | null {
  // Not by URL.parse: the command line reads settings as well, and Node 20 has it late or not at all.
  const url = URL.canParse(address) ? new URL(address) : null;
  if (!url || !/^https?:$/.test(url.protocol) || !/^\/*$/.test(url.pathname)) return null;
  const { origin, username, password, search, hash } = url;
  return [username, password, search, hash].some(Boolean) ? null : origin;
}
