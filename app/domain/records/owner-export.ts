/** The lists of a repository that an export holds, in their order. */
export const EXPORTED_LISTS = ["events", "messages", "payloads", "provided", "received", "audit"] as const;
export type ExportedList = (typeof EXPORTED_LISTS)[number];

/** Where an export goes on. */
export type ExportPlace =
  | { at: "account" | "usage" }
  | { at: "repository"; repositoryId: string; isFirst: boolean }
  | {
      at: "list";
      repositoryId: string;
      list: ExportedList;
      /** The page to read; null for the first. */
      cursor: string | null;
      /** Keys of that page that were read before. */
      skip: number;
      isFirst: boolean;
    };

/** The numbers of what an export holds so far. */
export type ExportCounts = Record<ExportedList | "repositories", number>;

/** An owner's latest export and how far it has come. */
export interface OwnerExport {
  exportId: string;
  ownerId: string;
  state: "running" | "done" | "failed";
  requestedBy: string;
  /** Where it goes on; null once everything is read. */
  place: ExportPlace | null;
  /** Keys in the archive of the parts that were written, in their order. */
  parts: string[];
  counts: ExportCounts;
  /** Repositories that it will hold. */
  repositories: number;
  /** UTF-16 units of text so far. */
  size: number;
  startedAt: string;
  updatedAt: string;
  /** When its file is removed; null while it runs. */
  endsAt: string | null;
  version: number;
}
