import { DAY } from "../app/domain/clock.ts";
import { ARCHIVE_TTL } from "../app/domain/limits.ts";
import { arn, ref, sub } from "./names.ts";
import type { Resources } from "./resource.ts";

/** CloudFormation's name of the bucket. */
export const ARCHIVE = "ArchiveBucket";

/** The archive: encrypted, closed to the public, spoken to by TLS only, and emptied of what is past its days. */
export const archiveResources = (stage: string): Resources => ({
  [ARCHIVE]: {
    Type: "AWS::S3::Bucket",
    DeletionPolicy: "RetainExceptOnCreate",
    UpdateReplacePolicy: "Retain",
    Properties: {
      BucketName: sub(`zekt-${stage}-archive-\${AWS::AccountId}-\${AWS::Region}`),
      BucketEncryption: {
        ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: "AES256" } }],
      },
      OwnershipControls: { Rules: [{ ObjectOwnership: "BucketOwnerEnforced" }] },
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        BlockPublicPolicy: true,
        IgnorePublicAcls: true,
        RestrictPublicBuckets: true,
      },
      LifecycleConfiguration: {
        Rules: [
          {
            Id: "archive-ends",
            Status: "Enabled",
            ExpirationInDays: ARCHIVE_TTL / DAY,
            AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 },
          },
        ],
      },
    },
  },
  ArchiveBucketPolicy: {
    Type: "AWS::S3::BucketPolicy",
    Properties: {
      Bucket: ref(ARCHIVE),
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Deny",
            Principal: "*",
            Action: "s3:*",
            Resource: [arn(ARCHIVE), sub(`\${${ARCHIVE}.Arn}/*`)],
            Condition: { Bool: { "aws:SecureTransport": "false" } },
          },
        ],
      },
    },
  },
});
