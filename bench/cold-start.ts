import { spawn, spawnSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { iso } from "../app/domain/clock.ts";
import type { FunctionName } from "../deploy/access.ts";
import { type LocalAws, startLocalAws } from "../harness/local-aws.ts";
import { silent, startWorld, tokenOf, WORKFLOW, type World } from "../harness/world.ts";
import { eventOf } from "../test/lambda/http-event.ts";
import { packageLambdas } from "../test/lambda/package.ts";
import { startParameterStore } from "../test/lambda/parameter-store.ts";
import { sqsRecord } from "../test/lambda/start-lambdas.ts";
import { type Figures, figure } from "./support/figures.ts";
import { median } from "./support/stats.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const OUT = join(ROOT, "bench/out/cold-start");
const FIRST_EVENT = join(ROOT, "bench/cold-start/first-event.cjs");
/** Cold starts of each side, in turn; the first pair warms the disk and is not counted. */
const STARTS = 21;

/** The adapter as it is published, with the Probot that it names itself; without the override of our package.json. */
const PUBLISHED = ["@probot/adapter-aws-lambda-serverless@4.0.3", "probot@14.3.2"];

interface Side {
  bundle: string;
  event(n: number): Promise<object>;
  env: Record<string, string>;
  answered(result: { statusCode?: number; batchItemFailures?: object[] }): boolean;
}

/**
 * Measures cold starts: from the start of a fresh process to its first real event answered. Each packaged function
 * takes turns with the plainest code that does the same.
 */
export async function coldStart(say: (line: string) => void): Promise<Figures> {
  const packaged = packageLambdas();
  const aws = await startLocalAws();
  const world = await startWorld({}, {}, {}, silent, { storage: aws.storage });
  const parameters = await startParameterStore(parametersOf(world));
  try {
    const plain = await bundlePlain(say);
    const env = environmentOf(world, aws, parameters.url);
    const of = (name: FunctionName): string => join(packaged.folderOf(name), `app/lambda/${name}.cjs`);
    const events = await eventsOf(world);
    const compare = async (
      name: "webhooks" | "api" | "worker",
      baseline: string,
      against: string,
      atMost: number,
      first: keyof typeof events = name,
    ): Promise<Figures> => {
      const side = (bundle: string): Side => ({ bundle, env, ...events[first] });
      const { ours, theirs } = await inTurn(side(of(name)), side(baseline), first, say);
      const what = first === name ? "its first event" : `its first event, ${first},`;
      return {
        [`cold start: ${name}, from process start to ${what} answered`]: figure({
          value: median(ours),
          unit: "ms",
          baseline: median(theirs),
          against,
          atMost,
        }),
      };
    };
    return {
      ...(await compare("webhooks", plain.webhooks, "the adapter and Probot as published", 0.4)),
      ...(await compare("api", plain.everything, "one bundle with everything", 0.4)),
      ...(await compare("api", plain.everything, "one bundle with everything", 0.5, "a person's list")),
      ...(await compare("worker", plain.everything, "one bundle with everything", 0.4)),
    };
  } finally {
    await parameters.close();
    await world.close();
    await aws.close();
    packaged.remove();
  }
}

async function inTurn(ours: Side, theirs: Side, name: string, say: (line: string) => void) {
  const times = { ours: [] as number[], theirs: [] as number[] };
  for (let n = 0; n <= STARTS; n++) {
    const both = [
      ["ours", ours],
      ["theirs", theirs],
    ] as const;
    // Neither is always the second.
    for (const [which, side] of n % 2 === 0 ? both : both.toReversed()) {
      const ms = await startCold(side, `${name}-${which}`, n * 2 + (which === "ours" ? 0 : 1));
      if (n > 0) times[which].push(ms);
    }
  }
  say(`${name}: ${median(times.ours).toFixed(0)} ms against ${median(times.theirs).toFixed(0)} ms`);
  return times;
}

/** Milliseconds from the start of a process to its first event answered. */
async function startCold({ bundle, event, env, answered }: Side, name: string, n: number): Promise<number> {
  const file = join(OUT, `${name}.json`);
  writeFileSync(file, JSON.stringify(await event(n)));
  const before = performance.now();
  const child = spawn(process.execPath, [FIRST_EVENT, bundle, file], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  let ms = Number.NaN;
  child.stdout.on("data", (chunk: Buffer) => {
    printed += chunk.toString();
    if (Number.isNaN(ms) && printed.includes("answered ")) ms = performance.now() - before;
  });
  await once(child, "close");
  const result = /^answered (.*)$/m.exec(printed)?.[1];
  if (!result || !answered(JSON.parse(result))) throw new Error(`${name} did not answer: ${printed}`);
  return ms;
}

/** Bundles the baselines as esbuild does by itself. */
async function bundlePlain(say: (line: string) => void): Promise<{ webhooks: string; everything: string }> {
  const published = join(OUT, "published");
  if (!existsSync(join(published, "node_modules/probot"))) {
    mkdirSync(published, { recursive: true });
    writeFileSync(join(published, "package.json"), "{}");
    say(`installing ${PUBLISHED.join(" and ")}`);
    const npm = spawnSync("npm", ["install", "--no-audit", "--no-fund", ...PUBLISHED], { cwd: published });
    if (npm.status !== 0) throw new Error(`npm install failed: ${npm.stderr}`);
  }
  const bundle = async (entry: string, alias: Record<string, string> = {}): Promise<string> => {
    const outfile = join(OUT, `${entry}.cjs`);
    await build({
      entryPoints: [join(ROOT, `bench/cold-start/${entry}.ts`)],
      outfile,
      bundle: true,
      platform: "node",
      target: "node24",
      format: "cjs",
      minify: true,
      alias,
      define: { "import.meta.url": "__moduleUrl" },
      banner: { js: 'const __moduleUrl=require("node:url").pathToFileURL(__filename).href;' },
      logLevel: "error",
    });
    return outfile;
  };
  const adapter = "@probot/adapter-aws-lambda-serverless";
  return {
    webhooks: await bundle("webhooks-baseline", {
      [adapter]: join(published, "node_modules", adapter),
      probot: join(published, "node_modules/probot"),
    }),
    everything: await bundle("everything"),
  };
}

const appOf = (world: World) => {
  const [app] = world.github.world.apps.values();
  if (!app) throw new Error("The fake GitHub has no App.");
  return app;
};

function parametersOf(world: World): Record<string, string> {
  const app = appOf(world);
  return {
    APP_ID: String(app.id),
    PRIVATE_KEY: app.privateKey,
    WEBHOOK_SECRET: app.hook.secret ?? "",
    GITHUB_CLIENT_ID: app.clientId,
    GITHUB_CLIENT_SECRET: app.clientSecret,
    ZEKT_MASTER_KEY: "0".repeat(64),
    ZEKT_APP_SLUG: app.slug,
  };
}

function environmentOf(
  world: World,
  { endpoints, names }: LocalAws,
  parameters: string,
): Record<string, string> {
  const at = (url: string): string => url.replace(/^http:\/\/[^/]+/, endpoints.sqs);
  return {
    PATH: process.env.PATH ?? "",
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "bench",
    AWS_SECRET_ACCESS_KEY: "bench",
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_ENDPOINT_URL_S3: endpoints.s3,
    AWS_ENDPOINT_URL_SQS: endpoints.sqs,
    AWS_ENDPOINT_URL_SSM: parameters,
    ZEKT_TABLE_PREFIX: names.tablePrefix,
    ZEKT_BUCKET: names.bucket,
    ZEKT_QUEUE_ROUTING: at(names.queueUrls.routing),
    ZEKT_QUEUE_DELIVERY: at(names.queueUrls.delivery),
    ZEKT_PUBLIC_URL: world.server.url,
    ZEKT_PARAMETERS: "/zekt/bench/",
    GITHUB_API_URL: world.github.url,
    GITHUB_WEB_URL: world.github.url,
    GITHUB_OIDC_ISSUER: world.github.oidcIssuer,
  };
}

/** A real first event of each function, a new one each time. */
async function eventsOf(
  world: World,
): Promise<Record<"webhooks" | "api" | "worker" | "a person's list", Pick<Side, "event" | "answered">>> {
  const { control } = world.github;
  const secret = appOf(world).hook.secret ?? "";
  const run = await control.startRun({ repository: "acme/provider", workflow: WORKFLOW });
  const { runs } = world.server.deps.store;
  return {
    // The App's webhook: the adapter as published knows no other.
    webhooks: {
      async event() {
        const body = JSON.stringify({
          action: "created",
          installation: { id: 1, account: { id: 1, login: "nobody" } },
        });
        const request = new Request(`${world.server.url}/github/webhooks`, {
          method: "POST",
          body,
          headers: {
            "content-type": "application/json",
            "x-github-event": "installation",
            "x-github-delivery": crypto.randomUUID(),
            "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
          },
        });
        return await eventOf(request, false);
      },
      answered: ({ statusCode }) => statusCode === 200 || statusCode === 202,
    },
    // A message of a provider's step.
    api: {
      async event(n) {
        const token = await tokenOf(world, run.id);
        const request = new Request(`${world.server.url}/api/events/receive`, {
          method: "POST",
          body: JSON.stringify({ eventType: "built", payload: { n } }),
          headers: { "content-type": "application/json", authorization: `Bearer ${token}` },
        });
        return await eventOf(request, false);
      },
      answered: ({ statusCode }) => statusCode === 202,
    },
    // What the console asks for, with everything behind it that a step's message needs not.
    "a person's list": {
      async event() {
        const token = control.userToken("acme-dev", appOf(world).clientId);
        const request = new Request(`${world.server.url}/api/directory`, {
          headers: { authorization: `Bearer ${token}` },
        });
        return await eventOf(request, false);
      },
      answered: ({ statusCode }) => statusCode === 200,
    },
    // A run that finished, to be routed to one subscription.
    worker: {
      async event(n) {
        const runId = String(10_000 + n);
        await runs.addEvent({
          repositoryId: world.provider,
          runId,
          runAttempt: 1,
          eventId: `event-${runId}`,
          ownerId: "1",
          headRepositoryId: world.provider,
          receivedAt: iso(Date.now()),
          run: {
            id: Number(runId),
            run_attempt: 1,
            name: "Release",
            path: WORKFLOW,
            event: "push",
            conclusion: "success",
            head_branch: "main",
            head_sha: "0".repeat(40),
            html_url: `https://github.com/acme/provider/actions/runs/${runId}`,
            actor: "acme-dev",
            display_title: "Release",
            created_at: iso(Date.now()),
            run_started_at: iso(Date.now()),
            updated_at: iso(Date.now()),
          },
        });
        const body = JSON.stringify({ repositoryId: world.provider, runId, runAttempt: 1 });
        return { Records: [sqsRecord("routing", "first", body)] };
      },
      answered: ({ batchItemFailures }) => batchItemFailures?.length === 0,
    },
  };
}
