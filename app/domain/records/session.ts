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
  /** True once the log says that GitHub does not take the App's client id and secret to renew it. */
  isUnrenewed?: boolean;
  createdAt: number;
  /** The end of the session unless it is renewed, in milliseconds since the epoch. */
  endsAt: number;
  version: number;
}
