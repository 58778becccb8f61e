import { expect, test } from "vitest";
import { listenProblem } from "../../app/main/listen-problem.ts";

test("a port above 1023 that the system keeps, as Windows does many, asks for another", () => {
  expect(listenProblem("EACCES", 443)).toBe("this user may not listen there. Set PORT to one above 1023");
  expect(listenProblem("EACCES", 3000)).toMatch(
    /^the system keeps that port\. Set PORT to another; on Windows/,
  );
  expect(listenProblem("EMFILE", 3000)).toBeUndefined();
});
