import { BlockList, isIP } from "node:net";

/**
 * Addresses that are not the open internet's: https://www.iana.org/assignments/iana-ipv4-special-registry
 * and https://www.iana.org/assignments/iana-ipv6-special-registry. IPv6 that carries an IPv4 address is
 * among them whole, since nobody's receiver needs it. Two lists: in one the rule for `::ffff:0:0/96`
 * would hold for every IPv4 address.
 */
const PRIVATE_4 = new BlockList();
const PRIVATE_6 = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE_4.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 96],
  ["::ffff:0:0", 96],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["100::", 64],
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
  ["5f00::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["fec0::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE_6.addSubnet(network, prefix, "ipv6");
}

/** Returns whether a user-chosen request must not go to an IP address; text that is no IP address counts as private. */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return true;
  return family === 4 ? PRIVATE_4.check(address, "ipv4") : PRIVATE_6.check(address, "ipv6");
}

/** Names that the public DNS never answers: https://www.iana.org/assignments/special-use-domain-names */
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|localdomain|internal|home\.arpa|invalid|test|onion)$/;

/** Returns whether a host's name can only be one of a private network: a name without a dot, or of a special use. */
function isPrivateName(host: string): boolean {
  const name = host.toLowerCase().replace(/\.$/, "");
  return !name.includes(".") || PRIVATE_NAME.test(name);
}

/** Returns whether nobody on the internet reaches an address, by its host alone: a name is not resolved. */
export function isPrivateUrl({ hostname }: URL): boolean {
  const host = hostname.replace(/^\[|\]$/g, "");
  return isIP(host) === 0 ? isPrivateName(host) : isPrivateAddress(host);
}
