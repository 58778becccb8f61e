import { z } from "@hono/zod-openapi";
import type { ApiDeps } from "../../deps.ts";
import { requireReachable } from "../../steps/catalog/require-repository.ts";
import { addShieldKey, removeShieldKey } from "../../steps/catalog/shield-keys.ts";
import { audit, repositoryTrail } from "../kit/audit.ts";
import { listingOf, pageOf, pageQuery, readPage } from "../kit/paging.ts";
import { onRepository } from "../kit/required-rights.ts";
import type { Define } from "../kit/route.ts";
import { shieldKeySchema, shieldKeyView } from "../views/shield-key.ts";

const tag = "Keys";
const path = "/api/repositories/{repositoryId}/keys";

const keyInput = z
  .strictObject({
    key: z
      .union([z.string().min(1).max(4000), z.record(z.string().max(100), z.unknown())], {
        error: "must be a public key of X25519 or P-256, as a JWK or as PEM",
      })
      .meta({
        description:
          "The public key of a pair of X25519 or P-256, as a JWK or as PEM. A private key is refused",
        example: { kty: "OKP", crv: "X25519", x: "7lYGIQYTn23RJ7c0xvrbJnJpVdJvbc4sGLF0Q41ZzkQ" },
      }),
  })
  .openapi("ShieldKeyInput");

/** Defines the routes of the public keys to which messages for a repository are encrypted. */
export function shieldKeyRoutes(define: Define, deps: ApiDeps): void {
  define({
    id: "listKeys",
    method: "get",
    path,
    summary: "List the public keys to which messages for a repository are encrypted",
    tag,
    access: onRepository("see"),
    refusals: [403],
    query: z.object(pageQuery),
    answer: pageOf(shieldKeySchema),
    async handle({ param, query }) {
      const { shieldKeys = [] } = await requireReachable(deps, param("repositoryId"));
      const listing = listingOf(
        `keys ${param("repositoryId")}`,
        shieldKeys,
        ({ addedAt, kid }) => `${addedAt} ${kid}`,
      );
      const { items, cursor } = await readPage(listing, query);
      return { items: items.map(shieldKeyView), cursor };
    },
  });
  define({
    id: "addKey",
    method: "post",
    path,
    summary: "Register a public key of a repository",
    tag,
    access: onRepository("change"),
    status: 201,
    body: keyInput,
    answer: shieldKeySchema,
    async handle(call) {
      const repositoryId = call.param("repositoryId");
      const { key, isNew } = await addShieldKey(deps, repositoryId, call.body.key, call.by());
      if (isNew)
        await audit(call, "key-added", { own: [repositoryTrail(repositoryId)] }, key.kid, key.jwk.crv);
      return shieldKeyView(key);
    },
  });
  define({
    id: "removeKey",
    method: "delete",
    path: `${path}/{kid}`,
    summary: "Remove a public key of a repository; what was encrypted to it stays so",
    tag,
    access: onRepository("change"),
    status: 204,
    async handle(call) {
      const repositoryId = call.param("repositoryId");
      await removeShieldKey(deps, repositoryId, call.param("kid"));
      await audit(call, "key-removed", { own: [repositoryTrail(repositoryId)] }, call.param("kid"));
    },
  });
}
