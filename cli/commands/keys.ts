import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { readPublicKey, thumbprint } from "../../app/domain/catalog/public-key.ts";
import type { PublicJwk } from "../../app/domain/records/shield-key.ts";
import { Refusal } from "../../app/domain/refusal.ts";
import { type Client, clientOf, listOf, type ServerOptions, withServer } from "../api/client.ts";
import { findRepository } from "../api/find-repository.ts";
import type { Repository, ShieldKey } from "../api/types.ts";
import { confirm } from "../confirm.ts";
import { usageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { json } from "../output/json.ts";
import { table } from "../output/table.ts";
import { visible } from "../output/visible.ts";
import { readInput } from "../read-input.ts";

const EXAMPLES = `
Messages to a repository are encrypted to all of its keys. A pair is made on
this machine, and its private key never leaves it: put it into a secret of the
repository, for the confirm action.

Examples:
  zekt keys initech/deploy
  zekt keys initech/deploy --generate shield-key.jwk
  zekt keys --generate shield-key.jwk > public.jwk
  zekt keys initech/deploy --add public.jwk
  zekt keys initech/deploy --remove oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U
`;

const CURVES = ["X25519", "P-256"] as const;

interface Options extends ServerOptions {
  add?: string;
  remove?: string;
  generate?: string;
  curve: (typeof CURVES)[number];
  yes?: true;
  json?: true;
}

/** Lists, registers, removes and makes the keys of a repository. */
export const keysCommand = (io: Io): Command =>
  withServer(
    new Command("keys")
      .summary("list, make, register and remove a repository's keys")
      .description("Lists the public keys of a repository, or makes, registers or removes one.")
      .argument("[repository]", "the consumer: owner/name, or GitHub's id"),
  )
    .addOption(
      new Option("--add <file>", "register the public key in a file, a JWK or PEM; - reads stdin").conflicts([
        "remove",
        "generate",
      ]),
    )
    .addOption(new Option("--remove <id>", "remove the key of this id").conflicts("generate"))
    .option(
      "--generate <file>",
      "make a pair, write its private key to a new file, and register its public key",
    )
    .addOption(new Option("--curve <curve>", "the curve of a new pair").choices(CURVES).default("X25519"))
    .option("-y, --yes", "do not ask for confirmation")
    .option("--json", "print the API's JSON")
    .addHelpText("after", EXAMPLES)
    .action(async (name: string | undefined, options: Options) => {
      const { add, remove, generate } = options;
      if (name === undefined) {
        if (generate === undefined) throw usageError("Name the repository, or make a pair by --generate.");
        return io.out(json(makePair(io, generate, options.curve, null)));
      }
      const given = add === undefined ? null : publicKeyOf(readInput(io, add));
      const client = await clientOf(io, options);
      const repository = await findRepository(client, name);
      if (remove !== undefined) return await removeKey(io, client, repository, remove, options);
      const key = generate === undefined ? given : makePair(io, generate, options.curve, repository);
      if (key === null) return await listKeys(io, client, repository, options);
      const made = await client.call<ShieldKey>("POST", `/repositories/${repository.repositoryId}/keys`, {
        body: { key },
      });
      io.out(
        options.json
          ? json(made)
          : `Registered ${visible(made.kid)} for ${visible(repository.fullName)}; messages are encrypted to it from now on.\n`,
      );
    });

async function listKeys(
  io: Io,
  client: Client,
  { repositoryId, fullName }: Repository,
  options: Options,
): Promise<void> {
  const keys = await listOf<ShieldKey>(client, `/repositories/${repositoryId}/keys`, {});
  if (options.json) return io.out(json(keys));
  if (keys.length === 0) return io.err(`${visible(fullName)} has no keys.\n`);
  const rows = keys.map(({ kid, jwk, addedAt, addedBy }) => [kid, jwk.crv, addedAt, addedBy].map(visible));
  io.out(table(["KEY", "CURVE", "REGISTERED", "BY"], rows));
}

async function removeKey(
  io: Io,
  client: Client,
  { repositoryId, fullName }: Repository,
  kid: string,
  { yes, json: asJson }: Options,
): Promise<void> {
  const what = `Zekt will encrypt no message for ${visible(fullName)} to ${visible(kid)} any more.`;
  await confirm(io, yes ?? false, what, "Nothing was removed.");
  await client.call("DELETE", `/repositories/${repositoryId}/keys/${encodeURIComponent(kid)}`);
  // The API answers nothing.
  io.out(asJson ? json({ kid }) : `Removed ${visible(kid)}.\n`);
}

/** Reads a public key here, so that a private one is not sent. */
function publicKeyOf(text: string): PublicJwk {
  try {
    return readPublicKey(text);
  } catch (error) {
    throw error instanceof Refusal ? usageError(error.message) : error;
  }
}

/** Makes a pair, and writes its private key to a file that is there for its user alone; returns the public key. */
function makePair(io: Io, file: string, curve: Options["curve"], repository: Repository | null): PublicJwk {
  const { publicKey, privateKey } =
    curve === "X25519" ? generateKeyPairSync("x25519") : generateKeyPairSync("ec", { namedCurve: curve });
  const jwk = readPublicKey(publicKey.export({ format: "jwk" }));
  const kid = thumbprint(jwk);
  try {
    // On one line, which a runner hides from logs as a whole.
    const text = `${JSON.stringify({ ...privateKey.export({ format: "jwk" }), kid })}\n`;
    writeFileSync(file, text, { flag: "wx", mode: 0o600 });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === "EEXIST" ? "there is such a file already" : message;
    throw usageError(`Cannot write ${file}: ${why}.`);
  }
  io.err(`The private key ${kid} is in ${visible(file)}. Make it a secret, and remove the file:\n`);
  const name = visible(repository?.fullName ?? "owner/name");
  io.err(`  gh secret set SHIELD_KEY --repo ${name} < ${visible(file)}\n`);
  return jwk;
}
