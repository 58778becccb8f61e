/** A provider's answer given by its file, which holds for requests yet to come as well. */
export interface PresetDecision {
  serviceId: string;
  /** `owner/name` of the consumer, in lower case. */
  repository: string;
  decision: "approved" | "denied";
}
