import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { ApiDeps } from "../../deps.ts";

const isHttps = (deps: ApiDeps): boolean => deps.settings.publicUrl.startsWith("https:");

/** Headers of what is data: whatever opens it as a page can do nothing with it. */
export const dataHeaders = (deps: ApiDeps): MiddlewareHandler =>
  secureHeaders({
    strictTransportSecurity: isHttps(deps),
    xFrameOptions: "DENY",
    contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  });

/**
 * Headers of whatever a browser shows: nothing runs, loads or frames it but this origin itself, and
 * pictures some others besides. HSTS only where there is https.
 */
export const pageHeaders = (deps: ApiDeps, pictures: readonly string[] = []): MiddlewareHandler =>
  secureHeaders({
    strictTransportSecurity: isHttps(deps),
    referrerPolicy: "same-origin",
    xFrameOptions: "DENY",
    contentSecurityPolicy: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      imgSrc: ["'self'", "data:", ...pictures],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
