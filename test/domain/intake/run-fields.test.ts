import { expect, test } from "vitest";
import { ANONYMOUS_RUN_FIELDS, RUN_FIELDS, runFieldsOf } from "../../../app/domain/intake/run-fields.ts";

const of = (alias: string | null, isPrivate: boolean, runFields: string[] | null = null) =>
  runFieldsOf({ alias, runFields } as Parameters<typeof runFieldsOf>[0], { private: isPrivate });

test("of a run all travels of a public repository, nothing that names it of any other, or what its service lists", () => {
  expect(of(null, false)).toEqual([...RUN_FIELDS]);
  expect(of("Compass", false)).toEqual([...ANONYMOUS_RUN_FIELDS]);
  expect(of(null, true)).toEqual([...ANONYMOUS_RUN_FIELDS]);
  expect(of("Compass", true, ["id", "name"])).toEqual(["id", "name"]);
  for (const field of ["name", "path", "head_branch", "head_sha", "html_url", "actor", "display_title"])
    expect(ANONYMOUS_RUN_FIELDS).not.toContain(field);
});
