/** The workflows of a consumer's commit whose files use the confirm or the complete action. */
export interface Speakers {
  commit: string;
  /** Each with the event types it listens to; null for any. */
  workflows: { path: string; types: string[] | null }[];
}
