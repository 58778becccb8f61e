import { invalidRequest } from "../errors.ts";
import type { Annotation, CheckRun } from "../state.ts";

const MAX_ANNOTATIONS = 50;
/** In bytes, whatever the answer calls them: https://github.com/github/rest-api-description/issues/5399 */
const MAX_TEXT = 65_535;
const MAX_MESSAGE = 64 * 1024;
/** Those that an App may set: `waiting`, `requested` and `pending` are GitHub Actions' alone. @octokit/openapi 23.0.2 */
const STATUSES = ["queued", "in_progress", "completed"];
const CONCLUSIONS = ["action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"];
const LEVELS = ["notice", "warning", "failure"];

const oneOf = (field: string, value: unknown, allowed: readonly string[]): void => {
  if (value !== undefined && !allowed.includes(value as string)) {
    throw invalidRequest(
      `For 'properties/${field}', ${JSON.stringify(value)} is not a valid enum value. Use one of ${allowed.join(", ")}.`,
    );
  }
};

function checkAnnotation(annotation: Partial<Annotation>): void {
  for (const field of ["path", "start_line", "end_line", "annotation_level", "message"] as const) {
    if (annotation[field] === undefined) throw invalidRequest(`"${field}" wasn't supplied.`);
  }
  const { start_line, end_line, start_column, end_column, annotation_level } = annotation as Annotation;
  oneOf("annotation_level", annotation_level, LEVELS);
  if (Buffer.byteLength((annotation as Annotation).message) > MAX_MESSAGE)
    throw invalidRequest("An annotation's message has at most 64 KB.");
  if (
    !Number.isInteger(start_line) ||
    !Number.isInteger(end_line) ||
    start_line < 1 ||
    end_line < start_line
  ) {
    throw invalidRequest("Annotation lines must be whole numbers, the end not before the start.");
  }
  // Columns are taken only on one line.
  if ((start_column !== undefined || end_column !== undefined) && start_line !== end_line) {
    throw invalidRequest("start_column and end_column are allowed only where start_line is end_line.");
  }
}

/** Puts what a body says into a check run: https://docs.github.com/en/rest/checks/runs#create-a-check-run */
export function applyCheckBody(check: CheckRun, body: Record<string, unknown>, now: number): void {
  oneOf("status", body.status, STATUSES);
  oneOf("conclusion", body.conclusion, CONCLUSIONS);
  if (body.status === "completed" && body.conclusion === undefined) {
    throw invalidRequest(`"conclusion" wasn't supplied.`);
  }
  if (body.output !== undefined) applyOutput(check, body.output as Record<string, unknown>);
  if (typeof body.name === "string") check.name = body.name;
  if (typeof body.external_id === "string") check.externalId = body.external_id;
  if (typeof body.details_url === "string") check.detailsUrl = body.details_url;
  if (typeof body.status === "string") check.status = body.status;
  if (typeof body.conclusion === "string") {
    check.conclusion = body.conclusion;
    check.status = "completed";
    check.completedAt = now;
  }
}

function applyOutput(check: CheckRun, output: Record<string, unknown>): void {
  const {
    title,
    summary,
    text,
    annotations = [],
  } = output as {
    title?: string;
    summary?: string;
    text?: string;
    annotations?: Annotation[];
  };
  if (summary === undefined) throw invalidRequest(`"summary" wasn't supplied.`);
  if (title === undefined && check.output.title === null) throw invalidRequest(`"title" wasn't supplied.`);
  for (const long of [summary, text ?? ""]) {
    const size = Buffer.byteLength(long);
    if (size > MAX_TEXT)
      throw invalidRequest(`Only ${MAX_TEXT} characters are allowed; ${size} were supplied.`);
  }
  if (annotations.length > MAX_ANNOTATIONS) {
    throw invalidRequest(
      `No more than ${MAX_ANNOTATIONS} items are allowed; ${annotations.length} were supplied.`,
    );
  }
  for (const annotation of annotations) checkAnnotation(annotation);
  check.output = {
    title: title ?? check.output.title,
    summary,
    text: text ?? check.output.text,
    // Each request adds to those before.
    annotations: [...check.output.annotations, ...annotations],
  };
}
