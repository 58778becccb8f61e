/** Characters that leave room in the bucket's name, of 63, for account and region. */
const MAX_STAGE = 20;

/**
 * Returns a stage's name where it can be part of every name that a deployment gives. The bucket's name is the
 * strictest: small letters, digits and hyphens.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
 *
 * @throws Error naming the stage and what a name may have
 */
export function requireStage(stage: string): string {
  if (stage.length <= MAX_STAGE && /^[a-z](?:-?[a-z0-9])*$/.test(stage)) return stage;
  throw new Error(
    `The stage "${stage}" cannot be deployed: its name becomes part of a bucket's. Use 1 to ${MAX_STAGE} small letters and digits, with single hyphens between them, such as "prod".`,
  );
}
