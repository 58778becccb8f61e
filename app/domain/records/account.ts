/** The price of an event, as usage shows it to its provider. */
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
  /** True from a change of permissions until its notices are raised and resolved; absent: false. */
  noticesDue?: boolean;
  /** True lets deliveries to its repositories be replayed; absent: true. */
  replay?: boolean;
  /** Replaces the deployment's price of an event. */
  cost?: EventCost | null;
  /** The time Zekt asked GitHub for this state. An answer to an earlier request never overwrites it. */
  askedAt?: string;
  updatedAt: string;
}
