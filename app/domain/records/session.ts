/** Somebody signed in with a browser. */
export interface Session {
  userId: string;
  login: string;
  avatarUrl: string;
  /** The user's token and refresh token, sealed. */
  tokens: string;
  /** When the token ends, in milliseconds since the epoch; null for never. */
  tokenEndsAt: number | null;
  /** Until when somebody is about to renew the token; null where nobody is. */
  renewingUntil: number | null;
  createdAt: number;
  /** When the session ends unless it is renewed. */
  endsAt: number;
  version: number;
}
