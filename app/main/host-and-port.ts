/** Splits an address such as `127.0.0.1:9464` or `[::1]:9464`; null where it is none. */
export function hostAndPort(address: string): { host: string; port: number } | null {
  const [, bracketed, plain, port] = /^(?:\[([0-9a-f:.]+)\]|([\w.-]+)):(\d{1,5})$/i.exec(address) ?? [];
  const host = bracketed ?? plain;
  return host === undefined || Number(port) > 65_535 ? null : { host, port: Number(port) };
}

/** Addresses that stand for every address of this machine, each with the one by which this machine reaches itself. */
const EVERY: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" };

/** Returns the address by which a browser on this machine reaches what listens on a host and port. */
export function urlOf(host: string, port: number): string {
  return `http://${EVERY[host] ?? (host.includes(":") ? `[${host}]` : host)}:${port}`;
}
