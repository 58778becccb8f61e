import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Zekt } from "../zekt.ts";

type Policy = Partial<Record<"styleSrc" | "imgSrc" | "scriptSrc", string[]>>;

/**
 * Headers of whatever a browser shows: nothing runs, loads or frames it but this origin itself. Pictures
 * may come from GitHub, which has those of users and organisations. HSTS only where there is https.
 */
export const pageHeaders = (zekt: Zekt, policy: Policy = {}): MiddlewareHandler => {
  const isHttps = zekt.settings.publicUrl.startsWith("https:");
  return secureHeaders({
    strictTransportSecurity: isHttps,
    referrerPolicy: "same-origin",
    xFrameOptions: "DENY",
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      imgSrc: ["'self'", "data:", ...zekt.settings.avatarOrigins],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
      ...policy,
    },
  });
};
