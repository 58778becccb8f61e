import { expect, test } from "vitest";
import { access, type FunctionName } from "../../deploy/access.ts";
import type { Template } from "./package.ts";

type Properties = Record<string, unknown>;

const arnOf = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });

/** Denies whoever does not speak TLS everything, on those resources. */
const tlsOnly = (action: string, resource: unknown) => ({
  Effect: "Deny",
  Principal: "*",
  Action: action,
  Resource: resource,
  Condition: { Bool: { "aws:SecureTransport": "false" } },
});

/** The TTL setting of tables whose items expire; items that an owner keeps do not expire. */
const ENDS = { AttributeName: "expiresAt", Enabled: true };
const TABLES: Record<string, typeof ENDS | undefined> = {
  "zekt-test-accounts": undefined,
  "zekt-test-catalog": undefined,
  "zekt-test-runs": ENDS,
  "zekt-test-deliveries": ENDS,
  "zekt-test-meters": ENDS,
  "zekt-test-jobs": ENDS,
  "zekt-test-guards": ENDS,
  "zekt-test-sessions": ENDS,
};

/**
 * Tests what AWS is asked for, whatever it was made from. Each figure is written out, and compared with no file that
 * the template itself comes from. Of the template that the other tests' functions were packaged with, since two
 * cannot be packaged at once.
 */
export function testTemplate(template: () => Template): void {
  /** Resources of a kind, by their names in the template. */
  const allOf = (type: string): [id: string, properties: Properties][] =>
    Object.entries(template().Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties }]) => [id, Properties]);

  test("each table bills by request, can be brought back, survives its stack, and what ends in it ends", () => {
    const tables = allOf("AWS::DynamoDB::Table");
    expect(tables.map(([, { TableName }]) => TableName).sort()).toEqual(Object.keys(TABLES).sort());
    for (const [id, properties] of tables) {
      expect(properties).toMatchObject({
        BillingMode: "PAY_PER_REQUEST",
        DeletionProtectionEnabled: true,
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        SSESpecification: { SSEEnabled: true },
      });
      const name = String(properties.TableName);
      expect([name, properties.TimeToLiveSpecification]).toEqual([name, TABLES[name]]);
      expect(template().Resources[id]).toMatchObject({
        DeletionPolicy: "RetainExceptOnCreate",
        UpdateReplacePolicy: "Retain",
      });
    }
  });

  test("the worker may go round its queues as often as it must, and leaves places of a new account to others", () => {
    const loops = allOf("AWS::Lambda::Function").map(([id, { RecursiveLoop }]) => [id, RecursiveLoop]);
    expect(loops.filter(([, loop]) => loop !== undefined)).toEqual([["WorkerLambdaFunction", "Allow"]]);
    const most = allOf("AWS::Lambda::EventSourceMapping").map(([, { ScalingConfig }]) => ScalingConfig);
    expect(most).toEqual([{ MaximumConcurrency: 2 }, { MaximumConcurrency: 4 }]);
  });

  test("strangers who ask the API too often are refused, and no webhook with them", () => {
    const [[, stage] = []] = allOf("AWS::ApiGatewayV2::Stage");
    const webhooks = { DetailedMetricsEnabled: true, ThrottlingRateLimit: 1000, ThrottlingBurstLimit: 2000 };
    expect(stage).toMatchObject({
      DefaultRouteSettings: {
        DetailedMetricsEnabled: true,
        ThrottlingRateLimit: 200,
        ThrottlingBurstLimit: 400,
      },
      RouteSettings: {
        "POST /github/webhooks": webhooks,
        "POST /github/webhooks/repositories/{repositoryId}": webhooks,
      },
    });
    // API Gateway refuses settings of a route that is not there yet.
    const routes = allOf("AWS::ApiGatewayV2::Route").filter(([, { RouteKey }]) =>
      String(RouteKey).startsWith("POST "),
    );
    expect(template().Resources.HttpApiStage).toMatchObject({ DependsOn: routes.map(([id]) => id) });
  });

  test("an alarm rings where AWS stops a long job as a loop, and where the schedule does not run", () => {
    const alarms = new Map(allOf("AWS::CloudWatch::Alarm"));
    const of = (name: string) => ({
      Namespace: "AWS/Lambda",
      Dimensions: [{ Name: "FunctionName", Value: `zekt-test-${name}` }],
      Statistic: "Sum",
    });
    expect(alarms.get("WorkerLoopsStoppedAlarm")).toMatchObject({
      ...of("worker"),
      MetricName: "RecursiveInvocationsDropped",
      ComparisonOperator: "GreaterThanThreshold",
      Threshold: 0,
    });
    expect(alarms.get("ScheduleMissingAlarm")).toMatchObject({
      ...of("schedule"),
      MetricName: "Invocations",
      ComparisonOperator: "LessThanThreshold",
      Threshold: 1,
      Period: 300,
      EvaluationPeriods: 2,
      // A function that is never called has no figure at all.
      TreatMissingData: "breaching",
    });
  });

  test("every function is told AWS's domain where it is deployed, which differs in China", () => {
    for (const [, { Environment }] of allOf("AWS::Lambda::Function"))
      expect(Environment).toMatchObject({ Variables: { ZEKT_AWS_DOMAIN: { Ref: "AWS::URLSuffix" } } });
  });

  test("the archive is encrypted, closed to the public, spoken to by TLS alone, and keeps nothing beyond 90 days", () => {
    const { Properties: archive } = template().Resources.ArchiveBucket ?? {};
    expect(archive).toMatchObject({
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
      LifecycleConfiguration: { Rules: [{ Status: "Enabled", ExpirationInDays: 90 }] },
    });
    // For every object, not for those of some prefix.
    expect(JSON.stringify(archive?.LifecycleConfiguration)).not.toMatch(/Prefix|Filter|Tag/);
    expect(template().Resources.ArchiveBucket).toMatchObject({
      DeletionPolicy: "RetainExceptOnCreate",
      UpdateReplacePolicy: "Retain",
    });
    expect(template().Resources.ArchiveBucketPolicy?.Properties).toEqual({
      Bucket: { Ref: "ArchiveBucket" },
      PolicyDocument: {
        Version: "2012-10-17",
        Statement: [tlsOnly("s3:*", [arnOf("ArchiveBucket"), { "Fn::Sub": `\${ArchiveBucket.Arn}/*` }])],
      },
    });
  });

  test("each function runs on arm64 with tracing, tags, an end of its log, and a role of its own", () => {
    const functions = allOf("AWS::Lambda::Function");
    const names = Object.keys(access) as FunctionName[];
    expect(functions.map(([, { FunctionName: name }]) => name).sort()).toEqual(
      names.map((name) => `zekt-test-${name}`).sort(),
    );
    const retention = new Map(
      allOf("AWS::Logs::LogGroup").map(([, one]) => [String(one.LogGroupName), one.RetentionInDays]),
    );
    for (const [, properties] of functions) {
      expect(properties).toMatchObject({
        Runtime: "nodejs24.x",
        Architectures: ["arm64"],
        TracingConfig: { Mode: "Active" },
        Tags: expect.arrayContaining([
          { Key: "service", Value: "zekt" },
          { Key: "stage", Value: "test" },
        ]),
      });
      expect(retention.get(`/aws/lambda/${properties.FunctionName}`)).toBe(30);
    }
    const roles = functions.map(([, { Role }]) => JSON.stringify(Role));
    expect(new Set(roles).size).toBe(names.length);
  });

  test("each queue is encrypted, gives up after 10 tries into dead letters kept 14 days, and is spoken to by TLS alone", () => {
    const queues = new Map(allOf("AWS::SQS::Queue"));
    expect([...queues.keys()].sort()).toEqual([
      "DeliveryDeadLetters",
      "DeliveryQueue",
      "RoutingDeadLetters",
      "RoutingQueue",
    ]);
    for (const properties of queues.values()) {
      expect(properties).toMatchObject({
        SqsManagedSseEnabled: true,
        MessageRetentionPeriod: 14 * 24 * 3600,
      });
    }
    for (const queue of ["Delivery", "Routing"]) {
      expect(queues.get(`${queue}Queue`)?.RedrivePolicy).toEqual({
        deadLetterTargetArn: arnOf(`${queue}DeadLetters`),
        maxReceiveCount: 10,
      });
      expect(queues.get(`${queue}DeadLetters`)?.RedrivePolicy).toBeUndefined();
      expect(template().Resources[`${queue}QueuePolicy`]?.Properties).toMatchObject({
        Queues: [{ Ref: `${queue}Queue` }, { Ref: `${queue}DeadLetters` }],
        PolicyDocument: {
          Statement: [
            tlsOnly("sqs:*", arnOf(`${queue}Queue`)),
            tlsOnly("sqs:*", arnOf(`${queue}DeadLetters`)),
          ],
        },
      });
    }
  });

  test("the worker is given both queues' messages, tells which failed, and ends long before they are seen again", () => {
    const mappings = allOf("AWS::Lambda::EventSourceMapping").map(([, properties]) => properties);
    expect(mappings).toHaveLength(2);
    const worker = allOf("AWS::Lambda::Function").find(
      ([, { FunctionName: name }]) => name === "zekt-test-worker",
    );
    const timeout = Number(worker?.[1].Timeout);
    expect(timeout).toBe(30);
    for (const queue of ["Delivery", "Routing"]) {
      const mapping = mappings.find(
        ({ EventSourceArn }) => JSON.stringify(EventSourceArn) === JSON.stringify(arnOf(`${queue}Queue`)),
      );
      expect(mapping).toMatchObject({ Enabled: true, FunctionResponseTypes: ["ReportBatchItemFailures"] });
      // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-queueconfig
      const visibility = Number(template().Resources[`${queue}Queue`]?.Properties.VisibilityTimeout);
      expect(visibility).toBeGreaterThanOrEqual(6 * timeout);
    }
  });
}
