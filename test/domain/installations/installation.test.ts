import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { missingPermissions } from "../../../app/domain/installations/installation.ts";
import { trustOf } from "../../../app/domain/installations/trust.ts";

const { default_permissions: asked } = parse(
  readFileSync(new URL("../../../app.yml", import.meta.url), "utf8"),
) as { default_permissions: Record<string, string> };

test("the permissions that app.yml asks for suffice", () => {
  expect(missingPermissions(asked)).toEqual([]);
});

test("more than was asked for suffices as well", () => {
  expect(missingPermissions({ ...asked, actions: "write", issues: "write" })).toEqual([]);
});

test.each(Object.entries(asked).filter(([name]) => name !== "metadata" || "metadata" in asked))(
  "an installation that has not granted %s lacks it by name, with its level",
  (name, level) => {
    const { [name]: _, ...granted } = asked;
    expect(missingPermissions(granted)).toEqual([`${name}: ${level}`]);
    expect(missingPermissions({ ...asked, [name]: "read" })).toEqual(
      level === "write" ? [`${name}: write`] : [],
    );
  },
);

test.each([
  ["User", false, "personal"],
  ["User", true, "personal"],
  ["Organization", false, "organization"],
  ["Organization", true, "verified-organization"],
] as const)("an account that is a %s, verified: %s, is trusted as %s", (type, verified, trust) => {
  expect(trustOf({ type, verified })).toBe(trust);
});
