import { expect, test } from "vitest";
import {
  answerWords,
  blockedWords,
  EVERY_TYPE,
  failureWords,
  serviceWords,
} from "../../app/console/ui/words.ts";
import { subscriptionInput } from "../../app/domain/catalog/subscription-input.ts";
import { subscribeCommand } from "../../cli/commands/subscribe.ts";
import { processIo } from "../../cli/io.ts";
import { readDocument } from "../docs/documents.ts";

test("the provider's guide words each reason for blocking as the console does", () => {
  const { prose } = readDocument("docs/provider-guide.md");
  const told = [...prose.matchAll(/^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$/gm)];
  expect(told.length).toBeGreaterThanOrEqual(10);
  for (const [, reason = "", words] of told) expect(words).toBe(blockedWords(reason));
});

test("a reason that the console does not know is shown as it came", () => {
  expect(blockedWords("a-new-one")).toBe("a-new-one");
});

test("a failure is told by its sentence, and in words of its stage and kind where that is not shown", () => {
  const failure = { stage: "github", kind: "rate-limit" } as const;
  expect(failureWords({ ...failure, reason: "GitHub answered 429." })).toBe("GitHub answered 429.");
  expect(failureWords({ ...failure, reason: null })).toBe("Failed at GitHub: rate limit used up");
});

test("an attempt under way has no answer yet; one that ended without has none", () => {
  expect(answerWords({ status: null, outcome: "leased" })).toBe("no answer yet");
  expect(answerWords({ status: null, outcome: "unknown" })).toBe("no answer");
  expect(answerWords({ status: 204, outcome: "dispatched" })).toBe("GitHub answered 204");
});

test("wherever one subscribes it says that without types a run with one message makes two dispatches", () => {
  const said = {
    console: EVERY_TYPE,
    api: subscriptionInput.shape.eventTypes.description,
    cli: subscribeCommand(processIo()).helpInformation().replace(/\s+/g, " "),
    guide: readDocument("docs/consumer-guide.md").prose,
    file: readDocument("docs/zekt-yml.md").prose,
  };
  for (const [where, text] of Object.entries(said)) {
    expect([where, text]).toEqual([where, expect.stringMatching(/\btwo dispatches\b/)]);
    expect([where, text]).toEqual([where, expect.stringContaining("zekt-workflow-completed")]);
  }
});

test("a provider behind an alias is never shown as if the alias were its name", () => {
  expect(serviceWords({ name: "acme/lib/releases", alias: false })).toBe("acme/lib/releases");
  expect(serviceWords({ name: "Acme/releases", alias: true })).toBe("Acme/releases (alias)");
  expect(serviceWords(null)).toBe("a removed service");
});
