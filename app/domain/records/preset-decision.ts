/** A provider's answer given by its file, which holds for requests yet to come as well. */
export interface PresetDecision {
  serviceId: string;
  /** `owner/name` of the consumer, in lower case. */
  repository: string;
  decision: "approved" | "denied";
  /**
   * The id of who owned that name when the file was applied, for whom alone an approval is: names change hands. Null
   * where GitHub knew nobody; left out of a denial, and of what versions before stored, which hold for any owner.
   */
  ownerId?: string | null;
}

/** Returns whether an answer is for an owner, beside the name that it goes by. */
export const isForOwner = ({ ownerId }: PresetDecision, asking: string): boolean =>
  ownerId === undefined || ownerId === asking;
