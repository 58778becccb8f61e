import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { processIo } from "../../cli/io.ts";
import { readInput } from "../../cli/read-input.ts";

let file: string;
beforeEach(() => {
  file = join(mkdtempSync(join(tmpdir(), "zekt-input-")), "public.jwk");
});
afterEach(() => rmSync(join(file, ".."), { recursive: true, force: true }));

const read = (text: string, encoding: BufferEncoding): string => {
  writeFileSync(file, text, encoding);
  return readInput(processIo(), file);
};

test("a file is read without the mark that programs on Windows put before its text", () => {
  expect(read('\uFEFF{"kty": "OKP", "note": "ü"}\r\n', "utf8")).toBe('{"kty": "OKP", "note": "ü"}\r\n');
  expect(read("{}", "utf8")).toBe("{}");
});

test("a file in UTF-16, as > of Windows PowerShell writes one, is refused with what to do", () => {
  expect(() => read('\uFEFF{"kty": "OKP"}\r\n', "utf16le")).toThrow(
    `Cannot read ${file}: it is UTF-16, as > of Windows PowerShell writes it. Write it as UTF-8, by Out-File -Encoding utf8.`,
  );
});
