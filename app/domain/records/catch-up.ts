/** A downtime whose missed webhooks are being read from GitHub. */
export interface CatchUp {
  /** The last sweep before the downtime. */
  since: string;
  /** The end of the downtime. */
  startedAt: string;
  /** Every placed webhook that is due by this is checked now, once. */
  horizon: string;
}
