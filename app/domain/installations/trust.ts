import type { Account } from "../records/account.ts";

/** How much GitHub itself vouches for an owner. */
export const TRUST = ["personal", "organization", "verified-organization"] as const;
export type Trust = (typeof TRUST)[number];

/** A person's account, an organisation, or one whose domain GitHub has verified. */
export const trustOf = ({ type, verified }: Pick<Account, "type" | "verified">): Trust => {
  if (type === "User") return "personal";
  return verified ? "verified-organization" : "organization";
};
