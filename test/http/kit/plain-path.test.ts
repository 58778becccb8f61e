import { expect, test } from "vitest";
import { plainPath } from "../../../app/http/kit/plain-path.ts";

const of = (path: string): string => plainPath(new Request(`http://zekt.test${path}`));

test("a workflow's path may come encoded, or decoded as an HTTP API hands it over", () => {
  const encoded = "/api/repositories/1/workflows/.github%2Fworkflows%2Frelease.yml";
  expect(of(encoded)).toBe(encoded);
  expect(of("/api/repositories/1/workflows/.github/workflows/release.yml")).toBe(encoded);
});

test("no other address has its slashes encoded", () => {
  for (const path of ["/api/repositories/1/workflows", "/api/repositories/1/services", "/console/a/b"])
    expect(of(path)).toBe(path);
});
