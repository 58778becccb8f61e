import { expect, test } from "vitest";
import { type Ask, allows, grantsOf, type Statement } from "./iam.ts";

const archive = "arn:aws:s3:::archive";
const listing = (operator: string): Statement[] => [
  {
    Effect: "Allow",
    Action: ["s3:ListBucket"],
    Resource: [archive],
    Condition: { [operator]: { "s3:prefix": ["events/*", "plans/*"] } },
  },
];
const list = (prefix?: string): Ask => ({
  action: "s3:ListBucket",
  resource: archive,
  context: prefix === undefined ? {} : { "s3:prefix": prefix },
});

test("an action is allowed on the resources that a statement names, and on no other", () => {
  const statements: Statement[] = [
    { Effect: "Allow", Action: ["s3:GetObject"], Resource: [`${archive}/events/*`] },
  ];
  const get = (resource: string) => allows(statements, { action: "s3:GetObject", resource });
  expect(get(`${archive}/events/1/2.json`)).toBe(true);
  expect(get(`${archive}/plans/1`)).toBe(false);
  expect(get(`${archive}-of-others/events/1`)).toBe(false);
  expect(allows(statements, { action: "s3:PutObject", resource: `${archive}/events/1` })).toBe(false);
});

test("a condition on what a request leaves out holds only where it is put to it if it is there", () => {
  for (const operator of ["StringLike", "StringLikeIfExists"]) {
    expect(allows(listing(operator), list("events/1/"))).toBe(true);
    expect(allows(listing(operator), list("other/"))).toBe(false);
  }
  expect(allows(listing("StringLike"), list())).toBe(false);
  expect(allows(listing("StringLikeIfExists"), list())).toBe(true);
});

test("what a statement says that is not known here is an error, not a guess", () => {
  expect(() => allows(listing("IpAddress"), list("events/"))).toThrow("IpAddress");
  const deny = [{ ...listing("StringLike")[0], Effect: "Deny" }] as never;
  expect(() => allows(deny, list("events/"))).toThrow("Deny");
});

test("a role is taken apart into each single thing that it allows", () => {
  expect(grantsOf(listing("StringLike")).map(({ Condition }) => Condition)).toEqual([
    { StringLike: { "s3:prefix": "events/*" } },
    { StringLike: { "s3:prefix": "plans/*" } },
  ]);
});
