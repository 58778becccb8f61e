import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startWorld, type World } from "../../harness/world.ts";
import { runZekt, zektAs } from "./run-zekt.ts";

let world: World;
let consumer: ReturnType<typeof zektAs>;
const folder = mkdtempSync(join(tmpdir(), "keys-"));
beforeAll(async () => {
  world = await startWorld();
  consumer = zektAs(world, "initech-dev");
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await world.close();
});

const NAME = "initech/consumer";
const stored = async () =>
  (await world.server.deps.store.accounts.getRepository(world.consumer))?.shieldKeys ?? [];

test.each(["X25519", "P-256"])("a pair of %s is made here, registered, listed and removed", async (curve) => {
  const file = join(folder, `${curve}.jwk`);
  const made = await consumer(["keys", NAME, "--generate", file, "--curve", curve]);
  expect(made).toMatchObject({ code: 0 });
  expect(made.err).toContain(`\n  gh secret set SHIELD_KEY --repo ${NAME} < ${file}\n`);
  const secret = JSON.parse(readFileSync(file, "utf8"));
  expect(secret).toMatchObject({ crv: curve, d: expect.any(String) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(made.out).toBe(`Registered ${secret.kid} for ${NAME}; messages are encrypted to it from now on.\n`);
  expect(made.out + made.err + JSON.stringify(await stored())).not.toContain(secret.d);
  const list = await consumer(["keys", NAME]);
  expect(list.out.split("\n")[1]).toMatch(new RegExp(`^${secret.kid} +${curve} +20\\S+Z +initech-dev$`));
  expect(JSON.parse((await consumer(["keys", NAME, "--json"])).out)).toHaveLength(1);
  const kept = await consumer(["keys", NAME, "--remove", secret.kid], { answer: "n" });
  expect(kept).toMatchObject({ code: 1, err: "zekt: Nothing was removed.\n" });
  const isJson = curve === "P-256";
  const remove = ["keys", NAME, "--remove", secret.kid, "--yes", ...(isJson ? ["--json"] : [])];
  const { code, out } = await consumer(remove);
  expect(code).toBe(0);
  if (isJson) expect(JSON.parse(out)).toEqual({ kid: secret.kid });
  else expect(out).toBe(`Removed ${secret.kid}.\n`);
  expect(await consumer(["keys", NAME])).toMatchObject({ code: 0, out: "", err: `${NAME} has no keys.\n` });
});

test("a pair is made without a Zekt, its public key is printed, and a file that is there is left alone", async () => {
  const file = join(folder, "own.jwk");
  const made = await runZekt(["keys", "--generate", file]);
  expect(made).toMatchObject({ code: 0, err: expect.stringContaining("--repo owner/name") });
  const before = readFileSync(file, "utf8");
  const again = await runZekt(["keys", "--generate", file]);
  expect(again).toMatchObject({ code: 2, out: "" });
  expect(again.err).toContain("there is such a file already");
  expect(readFileSync(file, "utf8")).toBe(before);
  const added = await consumer(["keys", NAME, "--add", "-"], { files: { "-": made.out } });
  expect(added).toMatchObject({ code: 0 });
  expect((await stored()).map(({ kid }) => kid)).toEqual([JSON.parse(before).kid]);
});

test("a private key that is given in place of a public one is not sent", async () => {
  const text = readFileSync(join(folder, "own.jwk"), "utf8");
  const url = { ZEKT_URL: "http://127.0.0.1:1" };
  const ran = await consumer(["keys", NAME, "--add", "k"], { files: { k: text }, env: url });
  expect(ran).toMatchObject({ code: 2, out: "", err: expect.stringContaining("This is a private key") });
  expect(existsSync(join(folder, "k"))).toBe(false);
});

test("a repository or a pair to make is asked for", async () => {
  expect(await consumer(["keys"])).toMatchObject({ code: 2 });
  expect(await consumer(["keys", NAME, "--add", "a", "--remove", "b"])).toMatchObject({ code: 2 });
});
