import { createPublicKey } from "node:crypto";
import { decodeJwt, decodeProtectedHeader, type JWTPayload, jwtVerify } from "jose";
import { GitHubError } from "./errors.ts";
import type { App } from "./state.ts";
import type { World } from "./world.ts";

const MAX_LIFE_SECONDS = 600;
/** The largest accepted difference between clocks, in seconds. */
const LEEWAY = 5;

const refused = (message: string): GitHubError => new GitHubError(401, message);
const undecodable = (): GitHubError => refused("A JSON web token could not be decoded");

/**
 * Finds the App that signed a JSON web token.
 * https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 *
 * @throws GitHubError 401 for a token that is not good now, 404 where no App has its issuer
 */
export async function verifyAppJwt(world: World, token: string): Promise<App> {
  const now = Math.floor(world.clock.now() / 1000);
  const claims = decode(token);
  const app = issuerOf(world, claims);
  checkTimes(claims, now);
  try {
    await jwtVerify(token, createPublicKey(app.publicKey), {
      algorithms: ["RS256"],
      currentDate: new Date(now * 1000),
      clockTolerance: LEEWAY,
    });
  } catch {
    throw undecodable();
  }
  return app;
}

function decode(token: string): JWTPayload {
  try {
    if (decodeProtectedHeader(token).alg !== "RS256") throw undecodable();
    return decodeJwt(token);
  } catch {
    throw undecodable();
  }
}

function issuerOf(world: World, { iss }: JWTPayload): App {
  if (iss === undefined || iss === null) throw refused("Missing 'issuer' claim ('iss') in assertion");
  const issuer = String(iss);
  const app = [...world.apps.values()].find(
    ({ id, clientId }) => String(id) === issuer || clientId === issuer,
  );
  if (app) return app;
  if (!/^(\d+|Iv.+)$/.test(issuer)) throw refused("'Issuer' claim ('iss') must be an Integer");
  throw new GitHubError(404, "Integration not found");
}

function checkTimes({ exp, iat }: JWTPayload, now: number): void {
  if (!Number.isInteger(exp) || (exp as number) <= now) {
    throw refused(
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  }
  if ((exp as number) > now + MAX_LIFE_SECONDS + LEEWAY) {
    throw refused("'Expiration time' claim ('exp') is too far in the future");
  }
  if (!Number.isInteger(iat) || (iat as number) > now + LEEWAY) {
    throw refused(
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
  }
}
