import { createContext, useContext } from "react";
import type { Session } from "../api/types.ts";

export const SessionContext = createContext<Session | null>(null);

/** Returns the session of the signed-in user. */
export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error("Only what is shown to somebody signed in may ask who it is.");
  return session;
}
