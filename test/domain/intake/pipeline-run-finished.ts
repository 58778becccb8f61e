/*
 * Restates what the schema of CDEvents 0.4.1 asks of a run that finished: names, types, and which of them there must be.
 * https://github.com/cdevents/spec/blob/v0.4.1/schemas/pipelinerunfinished.json (Apache-2.0)
 * Links to other events are left out, since Zekt makes none.
 */

const text = { type: "string" };
const some = { type: "string", minLength: 1 };
const reference = { ...some, format: "uri-reference" };

const exactly = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});

export const PIPELINE_RUN_FINISHED = exactly(
  {
    context: exactly(
      {
        version: some,
        id: some,
        source: reference,
        type: { enum: ["dev.cdevents.pipelinerun.finished.0.2.0"] },
        timestamp: { ...text, format: "date-time" },
        schemaUri: { ...some, format: "uri" },
        chainId: some,
      },
      ["version", "id", "source", "type", "timestamp"],
    ),
    subject: exactly(
      {
        id: some,
        source: reference,
        type: { enum: ["pipelineRun"] },
        content: exactly({ pipelineName: text, url: text, outcome: text, errors: text }),
      },
      ["id", "type", "content"],
    ),
    customData: { oneOf: [{ type: "object" }, { type: "string", contentEncoding: "base64" }] },
    customDataContentType: text,
  },
  ["context", "subject"],
);
