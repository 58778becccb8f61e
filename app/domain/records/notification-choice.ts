import type { EventFormat } from "./subscription.ts";

/** An issue that told people until they chose another way, by its number; absent once it is closed. */
interface LeftIssue {
  leftIssue?: number;
}

/** The way that a repository's people chose to receive notices. */
export type NotificationChoice =
  | ({ by: "none" } & LeftIssue)
  | {
      by: "issue";
      /** The issue's number; null until there is one. */
      number: number | null;
      /** A digest of the text last written to it; null until something was. */
      written: string | null;
    }
  | ({
      by: "webhook";
      url: string;
      /** Absent for `zekt`, as Standard Webhooks has it. */
      format?: EventFormat;
      /** Derives its secret, together with the master key of this version. */
      nonce: string;
      secretVersion: number;
      /** The reason that the last notice did not reach it; null: it did. */
      problem: string | null;
      /** True once the receiver answered that it is gone: then nothing more is sent. */
      ended: boolean;
    } & LeftIssue);
