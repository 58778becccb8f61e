import type { S3Client } from "@aws-sdk/client-s3";
import { loadS3 } from "./s3.ts";

/** A request as the SDK has it before it is signed, and with what it would be signed. */
interface Unsigned {
  protocol: string;
  hostname: string;
  port?: number;
  path: string;
  headers: Record<string, string>;
  query: Record<string, string>;
}

interface Signing {
  __smithy_context: {
    selectedHttpAuthScheme: {
      httpAuthOption: {
        signingProperties: {
          config: {
            signer(
              scheme: unknown,
            ): Promise<{ presign(request: Unsigned, options: object): Promise<Unsigned> }>;
          };
        };
      };
    };
  };
  authSchemes?: unknown[];
}

/**
 * Returns an address under which anybody reads an object for some seconds, as a file of this name. Nothing is
 * sent: the SDK's client makes the request as always, and it is signed into its address.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/ShareObjectPreSignedURL.html
 */
export async function presignedGet(
  s3: S3Client,
  of: { bucket: string; key: string; name: string; seconds: number },
): Promise<string> {
  const { GetObjectCommand } = await loadS3();
  const command = new GetObjectCommand({
    Bucket: of.bucket,
    Key: of.key,
    ResponseContentDisposition: `attachment; filename="${of.name}"`,
    ResponseContentType: "application/json",
  });
  const signed: Unsigned[] = [];
  command.middlewareStack.addRelativeTo(
    (_: unknown, context: object) => async (args: { request: unknown }) => {
      const { __smithy_context: smithy, authSchemes } = context as unknown as Signing;
      const { config } = smithy.selectedHttpAuthScheme.httpAuthOption.signingProperties;
      const signer = await config.signer(authSchemes?.[0]);
      const { headers, query, ...request } = args.request as Unsigned;
      // Whoever follows the address sends none of the SDK's headers, and S3 knows no hash of a body by then.
      const { "x-amz-checksum-mode": __, ...asked } = query;
      const plain = {
        ...request,
        query: asked,
        headers: { host: headers.host ?? "", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" },
      };
      signed.push(
        await signer.presign(Object.assign(Object.create(Object.getPrototypeOf(args.request)), plain), {
          expiresIn: of.seconds,
        }),
      );
      return { response: undefined, output: { $metadata: {} } };
    },
    { relation: "before", toMiddleware: "httpSigningMiddleware", name: "presign", override: true },
  );
  await s3.send(command);
  const [{ protocol, hostname, port, path, query }] = signed as [Unsigned];
  const search = Object.entries(query)
    .map((one) => one.map(encodeURIComponent).join("="))
    .join("&");
  return `${protocol}//${hostname}${port ? `:${port}` : ""}${path}?${search}`;
}
