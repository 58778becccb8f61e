/** Somebody signed in with a browser. */
export interface Session {
  userId: string;
  login: string;
  avatarUrl: string;
  /** The user's token and refresh token, sealed. */
  tokens: string;
  /** The end of the token, in milliseconds since the epoch; null: never. */
  tokenEndsAt: number | null;
  /** The end of the time a request has to renew the token; null: none renews it. */
  renewingUntil: number | null;
  createdAt: number;
  /** The end of the session unless it is renewed, in milliseconds since the epoch. */
  endsAt: number;
  version: number;
}
