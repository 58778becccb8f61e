/** What is to be caught up with: webhooks that GitHub could not deliver while nobody was there. */
export interface CatchUp {
  /** The last moment at which all was well. */
  since: string;
  /** When it was over. */
  startedAt: string;
  /** Webhooks due by then are looked after now, each once. */
  horizon: string;
}
