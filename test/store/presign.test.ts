import { createHash, createHmac } from "node:crypto";
import { S3Client } from "@aws-sdk/client-s3";
import { expect, test } from "vitest";
import { presignedGet } from "../../app/store/aws/presign.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const hmac = (key: Buffer | string, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** Signs an address as S3 does to compare: https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html */
function signatureOf({ pathname, searchParams, host }: URL): string {
  const date = searchParams.get("X-Amz-Date") ?? "";
  const [, ...scope] = (searchParams.get("X-Amz-Credential") ?? "").split("/");
  const query = [...searchParams]
    .filter(([name]) => name !== "X-Amz-Signature")
    .map((one) => one.map(encode).join("="))
    .sort()
    .join("&");
  const canonical = ["GET", pathname, query, `host:${host}`, "", "host", "UNSIGNED-PAYLOAD"].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const key = scope.reduce<Buffer | string>((one, part) => hmac(one, part), `AWS4${SECRET}`);
  return hmac(key as Buffer, ["AWS4-HMAC-SHA256", date, scope.join("/"), hash].join("\n")).toString("hex");
}

test("the address of an export's file is signed as S3 asks for it, with the role's token, for five minutes", async () => {
  const credentials = {
    accessKeyId: "AKIAIOSFODNN7EXAMPLE",
    secretAccessKey: SECRET,
    sessionToken: "a+token/=",
  };
  const s3 = new S3Client({ region: "eu-central-1", credentials });
  const key = "exports/1/export-1.json";
  const of = { bucket: "zekt-prod-archive-1-eu-central-1", key, name: "zekt-export.json", seconds: 300 };
  const address = new URL(await presignedGet(s3, of));
  expect(`${address.origin}${address.pathname}`).toBe(
    "https://zekt-prod-archive-1-eu-central-1.s3.eu-central-1.amazonaws.com/exports/1/export-1.json",
  );
  expect(Object.fromEntries(address.searchParams)).toMatchObject({
    "X-Amz-Expires": "300",
    "X-Amz-SignedHeaders": "host",
    "X-Amz-Security-Token": "a+token/=",
    "response-content-disposition": 'attachment; filename="zekt-export.json"',
  });
  expect(address.searchParams.get("X-Amz-Signature")).toBe(signatureOf(address));
});
