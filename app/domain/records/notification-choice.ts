/** How a repository's people want to be told. */
export type NotificationChoice =
  | { by: "none" }
  | {
      by: "issue";
      /** The number; null until there is one. */
      number: number | null;
      /** What was last written to it; null until something was. */
      written: string | null;
    }
  | {
      by: "webhook";
      url: string;
      /** What its secret derives from, besides the master key of this version. */
      nonce: string;
      secretVersion: number;
      /** Why nothing reached it lately; null while all does. */
      problem: string | null;
      /** Whether the receiver said that it is gone: then nothing more is sent. */
      ended: boolean;
    };
