import { z } from "zod";
import type { Control } from "../control.ts";
import { type ControlRoute, route } from "../route.ts";
import { fullNameOf, idOf } from "../route-context.ts";
import { COMPLETION, RERUN, RUN } from "../schemas.ts";
import { sentJson } from "./deliveries.ts";

export function runRoutes(control: Control): ControlRoute[] {
  const { runs, oidc } = control.parts;
  const runJson = (id: number) => {
    const run = runs.find(id);
    return { ...runs.json(run), attempts: run.attempts };
  };
  return [
    route(
      "POST",
      "/runs",
      "Starts a run → {run_id, run_attempt, status, conclusion, env}: the variables that its steps need.",
      async (_, body) => control.runAnswer(await control.startRun(body)),
      RUN,
    ),
    route("GET", "/runs/:id", "Tells of a run with its attempts, jobs, outputs and logs.", (context) =>
      runJson(idOf(context)),
    ),
    route(
      "POST",
      "/runs/:id/complete",
      "Finishes it; sends the signed webhooks and answers how they went.",
      async (context, { conclusion }) => ({
        deliveries: (await control.completeRun(idOf(context), conclusion)).map(sentJson),
      }),
      COMPLETION,
    ),
    route(
      "POST",
      "/runs/:id/rerun",
      "Runs it again → as when started, with the next attempt.",
      async (context, body) => control.runAnswer(await control.rerun(idOf(context), body)),
      RERUN,
    ),
    route(
      "GET",
      "/repositories/:owner/:repo/workflow-dispatches",
      "Every workflow_dispatch that it accepted, with the run that each started.",
      (context) =>
        control.workflowDispatches(fullNameOf(context)).map((one) => ({
          at: new Date(one.at).toISOString(),
          workflow: one.workflow,
          ref: one.ref,
          inputs: one.inputs,
          app_slug: one.appSlug,
          run_id: one.runId,
        })),
    ),
    route(
      "GET",
      "/repositories/:owner/:repo/dispatches",
      "Every repository_dispatch it accepted, with the runs it started and what they printed.",
      (context) =>
        control.dispatches(fullNameOf(context)).map((one) => ({
          at: new Date(one.at).toISOString(),
          event_type: one.eventType,
          client_payload: one.clientPayload,
          app_slug: one.appSlug,
          runs: one.runIds.map(runJson),
        })),
    ),
    route(
      "POST",
      "/oidc/rotate",
      "Makes a new signing key; forget drops the older ones at once.",
      (_, { forget }) => oidc.rotate(forget),
      z.object({ forget: z.boolean().default(false) }),
    ),
    route(
      "POST",
      "/oidc/sign",
      "Signs a token of a run, with claims overridden → {token}.",
      async (_, { run_id, audience, claims }) => {
        const run = runs.find(run_id);
        const all = { ...oidc.claims(run, runs.latest(run).attempt), ...claims };
        return { token: await oidc.sign(all, audience) };
      },
      z.object({
        run_id: z.int(),
        audience: z.string().optional(),
        claims: z.record(z.string(), z.unknown()).default({}),
      }),
    ),
  ];
}
