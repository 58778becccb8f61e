import { Option } from "commander";
import type { Repository } from "./types.ts";

/** The part of a repository in a delivery: it sent it, or gets it. */
export type Side = "provider" | "consumer";

/** Returns the option by which a user says which deliveries of a repository they mean. */
export const sideOption = (): Option =>
  new Option(
    "--side <side>",
    "what the repository is to them (default: consumer, where it is one, else provider)",
  ).choices(["consumer", "provider"]);

/** Returns the side whose deliveries are shown where the user named none. */
export const sideOf = ({ consumer, provider }: Repository): Side =>
  consumer || !provider ? "consumer" : "provider";
