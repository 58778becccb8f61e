import type { MiddlewareHandler } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { ApiDeps } from "../../deps.ts";

/**
 * The hash of the style by which Primer's live region, made when it has something to say, is heard and not seen:
 * https://github.com/primer/live-region-element
 */
const LIVE_REGION_STYLE = "'sha256-DTxLo/p0U68OvQ0C/ZBm32x0lyr7xl7Dd6LHwBsg7sc='";

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
      styleSrc: ["'self'", LIVE_REGION_STYLE],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      manifestSrc: ["'self'"],
      imgSrc: ["'self'", "data:", ...pictures],
      formAction: ["'self'"],
      baseUri: ["'none'"],
      frameAncestors: ["'none'"],
    },
  });
