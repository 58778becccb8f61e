import { originOf } from "../app/main/origin-of.ts";

/**
 * Refuses a public address that functions could not work with. They take it as it is written. The console works under
 * no path, even where a domain of API Gateway maps one to the HTTP API.
 *
 * @throws Error naming the parameter and how to write it
 */
export function requirePublicUrl(address: string): void {
  const origin = originOf(address);
  if (address === "" || address.replace(/\/+$/, "") === origin) return;
  throw new Error(
    `The parameter publicUrl is "${address}". It has to be an origin such as ${origin ?? "https://zekt.example.com"}, without a path, a user, ? or #.`,
  );
}
