/** Returns whether a URL is on this machine: a token sent there stays here, and no proxy leads there. */
export const isLoopback = ({ hostname }: URL): boolean =>
  ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
