/** The work on one part of what comes round every minute, for the case that its process ends of an item. */
export interface PartMark {
  /** True from the part's beginning to its end: where it stands at the next beginning, a process has ended in between. */
  isWorking: boolean;
  /** The item that is worked on, where one is after the other. */
  item: string | null;
  /** Items that processes have ended of: how often, and when that was last found (ISO 8601). */
  deadly: Record<string, { times: number; at: string }>;
}
