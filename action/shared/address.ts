import { getInput } from "@actions/core";
import { isLoopback } from "./loopback.ts";
import { StepError } from "./step-error.ts";

/**
 * Reads where Zekt answers: with or without a trailing slash or `/api`, which is left out of what is
 * returned. What a URL may have besides (user, query, fragment) is dropped.
 *
 * @throws StepError where it is missing, no address, or neither https nor this machine
 */
export function readAddress(given: string): string {
  if (given === "") {
    throw new StepError(
      "Nothing says where Zekt answers: give the input zekt-api-url, or set the variable ZEKT_API_URL.",
    );
  }
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") {
    throw new StepError(
      `zekt-api-url (or ZEKT_API_URL) must be an address such as https://zekt.example.com, not ${given}.`,
    );
  }
  if (url.protocol === "http:" && !isLoopback(url)) {
    throw new StepError(
      `zekt-api-url (or ZEKT_API_URL) must be https, since a token goes there; ${url.origin} is not.`,
    );
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "").replace(/\/api$/, "")}`;
}

/** Where Zekt answers: by the input, else by the variable. */
export const zektAddress = (): string =>
  readAddress(getInput("zekt-api-url") || (process.env.ZEKT_API_URL ?? "").trim());
