import { z } from "zod";
import { MAX_MESSAGE_BYTES, MAX_SHIELD_KEYS } from "../limits.ts";
import { pointerOf } from "../parse-input.ts";
import { Refusal } from "../refusal.ts";

/** The one way of encryption that a shielded message has. */
export const SHIELD_ALG = "ECDH-ES+A256KW";
export const SHIELD_ENC = "A256GCM";

/** The facts of a shielded message that can be read without a key. */
export interface ShieldedMessage {
  /** The thumbprints of the keys that it is encrypted to. */
  kids: string[];
  /** The bytes of the message as JSON: those of the ciphertext, which this way of encryption makes no longer. */
  size: number;
}

const base64url = (length?: number) => {
  const text = z.string().regex(/^[\w-]+$/, { error: "must be base64url" });
  return length === undefined ? text : text.length(length);
};

const header = z.strictObject({
  alg: z.literal(SHIELD_ALG).optional(),
  enc: z.literal(SHIELD_ENC).optional(),
  kid: base64url(43).optional(),
  epk: z
    .strictObject({
      kty: z.enum(["EC", "OKP"]),
      crv: z.enum(["P-256", "X25519"]),
      x: base64url(43),
      y: base64url(43).optional(),
    })
    .optional(),
});
type Header = z.output<typeof header>;

/** Whole, so that nothing rides along in plain text. */
const jwe = z.strictObject({
  protected: base64url().max(2000),
  iv: base64url(16),
  ciphertext: base64url(),
  tag: base64url(22),
  recipients: z
    .array(z.strictObject({ header: header.optional(), encrypted_key: base64url(54) }))
    .min(1)
    .max(MAX_SHIELD_KEYS, { error: `must be at most ${MAX_SHIELD_KEYS}` }),
});

/**
 * Reads a shielded message: a JWE in general JSON form, by ECDH-ES+A256KW and A256GCM, whose recipients are named by
 * their keys' thumbprints.
 * https://www.rfc-editor.org/rfc/rfc7516#section-7.2.1
 *
 * @param json - the payload as it was sent
 * @throws Refusal invalid where it is anything else, too-large where the message is larger than may be
 */
export function readShielded(json: string): ShieldedMessage {
  const parsed = jwe.safeParse(JSON.parse(json));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw noJwe(pointerOf(issue?.path ?? []), issue?.message ?? "is none");
  }
  const { ciphertext, protected: text, recipients } = parsed.data;
  const shared = protectedHeader(text);
  const kids = recipients.map((one, index) => {
    const { alg, enc, kid, epk } = { ...shared, ...one.header };
    if (alg === SHIELD_ALG && enc === SHIELD_ENC && kid !== undefined && epk !== undefined) return kid;
    throw noJwe(`/recipients/${index}`, `needs alg ${SHIELD_ALG}, enc ${SHIELD_ENC}, kid and epk`);
  });
  const size = Math.floor((ciphertext.length * 3) / 4);
  if (size > MAX_MESSAGE_BYTES) {
    throw new Refusal(
      "too-large",
      `The message has ${size} bytes before it is encrypted; the limit is ${MAX_MESSAGE_BYTES}.`,
    );
  }
  return { kids, size };
}

function protectedHeader(text: string): Header {
  try {
    return header.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  } catch {
    throw noJwe("/protected", `must hold alg ${SHIELD_ALG}, enc ${SHIELD_ENC}, and nothing else`);
  }
}

function noJwe(place: string, detail: string): Refusal {
  const errors = [{ pointer: `/payload${place}`, detail }];
  return new Refusal(
    "invalid",
    "The message is sent as shielded and is no JWE as Zekt takes it, so it was not stored.",
    { errors },
  );
}
