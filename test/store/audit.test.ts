import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { WorkerDeps } from "../../app/deps.ts";
import { iso } from "../../app/domain/clock.ts";
import { DELIVERY_TTL } from "../../app/domain/limits.ts";
import type { AuditEntry, AuditScope } from "../../app/domain/records/audit-entry.ts";
import { eraseAudit } from "../../app/steps/installations/erase-repository.ts";
import type { Audit } from "../../app/store/audit.ts";
import type { Storage } from "../../app/store/ports.ts";
import { openStore } from "../../app/store/store.ts";
import { ADAPTERS } from "./contract/adapters.ts";

const START = Date.parse("2026-01-01T00:00:00Z");
const clock = { at: START, now: () => clock.at };

describe.each(ADAPTERS)("the audit trail on %s", (_, open) => {
  let opened: Awaited<ReturnType<typeof open>>;
  let audit: Audit;
  let scope: AuditScope;
  let number = 0;
  beforeAll(async () => {
    opened = await open();
    audit = openStore(opened.storage as Storage, clock, { perMinute: 80, perHour: 500 }).audit;
  });
  afterAll(() => opened.close());
  beforeEach(() => {
    clock.at = START;
    scope = `repository#${++number}`;
  });

  const add = async (count: number, of: Partial<AuditEntry> = {}): Promise<void> => {
    for (let n = 0; n < count; n++)
      await audit.add({
        entryId: `entry-${n}`,
        scope,
        at: iso(clock.at),
        action: "delivery-replayed",
        by: "hubot",
        via: "api",
        subject: "delivery-1",
        other: null,
        detail: null,
        ...of,
      });
  };

  /** Erases the trail; returns how many pages that took, at most 20. */
  async function erase(): Promise<number> {
    let spent = 0;
    const deps = { store: { audit } } as unknown as WorkerDeps;
    await eraseAudit(deps, scope, () => {
      if (++spent > 20) throw new Error("It does not end.");
    });
    return spent;
  }

  test("is erased whole, with the other side's entries of the same changes", async () => {
    const other: AuditScope = `owner#${number}`;
    await add(150, { other });
    await add(150, { scope: other, other: scope });
    expect(await erase()).toBe(2);
    expect((await audit.list(scope)).items).toEqual([]);
    expect((await audit.list(other)).items).toEqual([]);
  });

  test("is erased in as many pages though most of it is past its days and not removed yet", async () => {
    await add(250);
    clock.at += DELIVERY_TTL;
    await add(5);
    expect(await erase()).toBeLessThanOrEqual(4);
    expect((await audit.list(scope)).items).toEqual([]);
  });
});
