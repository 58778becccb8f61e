/** The groups of the API's routes, in the order in which the documentation shows them, each with what is in it. */
export const TAGS = {
  "Workflow steps": "What the actions call from a run, with its OIDC token",
  User: "Who is signed in",
  Repositories: "Owners and repositories, and what each is enabled as",
  Workflows: "Which workflows a provider allows, and the events of their runs",
  Services: "What a provider offers, and who has it",
  Directory: "The services to subscribe to, and what their messages hold",
  Subscriptions: "Requests, approvals, and what a consumer wants of a service",
  Connections: "The counts, health and faults of approved subscriptions",
  Deliveries: "What was sent to whom, with each attempt",
  Replay: "Sending ended deliveries once more, one or many",
  Overview: "Sums, what needs attention, and changes as they happen",
  Notifications: "How a repository's people are notified",
  Keys: "Public keys to which messages are encrypted",
  "Audit trail": "Who changed what",
  Owners: "What holds for an owner as a whole: usage, export, erasure",
  Operations: "Queues and stuck work, as an operator",
} as const satisfies Record<string, string>;

export type RouteTag = keyof typeof TAGS;
