import type { Account } from "../records/account.ts";

/** The levels of trust that GitHub's own data gives to an owner. */
export const TRUST = ["personal", "organization", "verified-organization"] as const;
export type Trust = (typeof TRUST)[number];

/** A person's account, an organization, or one whose domain GitHub has verified. */
export const trustOf = ({ type, verified }: Pick<Account, "type" | "verified">): Trust => {
  if (type === "User") return "personal";
  return verified ? "verified-organization" : "organization";
};
