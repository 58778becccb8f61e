/** What an event costs its provider, as usage shows it. */
export interface EventCost {
  perEvent: number;
  /** ISO 4217. */
  currency: string;
}

/** An owner on GitHub, with the App's installation there if it has one. */
export interface Account {
  ownerId: string;
  login: string;
  type: "User" | "Organization";
  verified: boolean;
  installationId: string | null;
  installation: "active" | "suspended" | "none";
  /** Permissions granted to the App, as GitHub names them. */
  permissions: Record<string, string>;
  /** Whether deliveries to its repositories may be replayed: an add-on, on unless switched off. */
  replay?: boolean;
  /** What it reckons an event with, in place of the deployment's price. */
  cost?: EventCost | null;
  /** When GitHub was asked for what stands here; an answer to an earlier question never overwrites it. */
  askedAt?: string;
  updatedAt: string;
}
