import { WORKFLOW_COMPLETED } from "../limits.ts";
import type { StartEvent } from "../records/subscription.ts";

/** The service, event types and delivery that an example workflow is written for. */
export interface ExampleWish {
  service: { slug: string; provider: string };
  /** Event types to listen to; none where the service lets every type out. */
  eventTypes: readonly string[];
  /** Where this Zekt is reached. */
  apiUrl: string;
  /** The deployment's actions, `owner/repository@version`; a comment may follow. */
  actions?: string;
  /** True to confirm and complete, as durable delivery expects. */
  durable: boolean;
  /** True where the service demands encrypted messages, which the confirm action decrypts. */
  shielded?: boolean;
  /** The event that is to start it; `repository_dispatch` where none is given. */
  start?: StartEvent;
}

/** A workflow file, ready to be committed. */
export interface ExampleWorkflow {
  path: string;
  text: string;
}

/** The actions that examples use unless the deployment names its own. */
export const DEFAULT_ACTIONS = "zekt-dev-org/zekt-action@v1";

/** Returns the `uses` of one of the actions: in its folder, by the version that the deployment names. */
function actionOf(actions: string, name: string): string {
  const at = actions.indexOf("@");
  return `${actions.slice(0, at)}/action/${name}${actions.slice(at)}`;
}

const nameOf = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-|-$/g, "") || "zekt";

/** Text as YAML takes it whatever it holds: JSON is YAML. */
const quoted = (text: string): string => JSON.stringify(text);

/** The expressions by which a run reads what Zekt sent. */
const zektOf: Record<StartEvent, string> = {
  repository_dispatch: "github.event.client_payload.zekt",
  workflow_dispatch: "fromJSON(inputs.zekt).zekt",
};

/** The input by which the confirm action decrypts a message, and how its secret is made. */
const PRIVATE_KEY = `          # zekt keys OWNER/REPOSITORY --generate shield-key.jwk
          private-key: \${{ secrets.SHIELD_KEY }}
`;

const ONE_INPUT = `  workflow_dispatch:
    inputs:
      zekt:
        description: What Zekt delivers, as JSON
        required: true
        type: string
`;

/**
 * A consumer's workflow for a service. Its run's name tells which delivery it has, so that Zekt can
 * follow it without any step of it.
 */
export function exampleWorkflow({
  service,
  eventTypes,
  apiUrl,
  durable,
  shielded = false,
  start = "repository_dispatch",
  actions = DEFAULT_ACTIONS,
}: ExampleWish): ExampleWorkflow {
  const types = eventTypes.length > 0 ? eventTypes : [WORKFLOW_COMPLETED];
  const isFirst = "steps.zekt.outputs.duplicate != 'true'";
  const complete = `      - if: always() && ${isFirst}
        uses: ${actionOf(actions, "complete")}
`;
  const confirm = `      - id: zekt
        uses: ${actionOf(actions, "confirm")}
        with:
${durable ? "          on-duplicate: skip\n" : ""}${shielded ? PRIVATE_KEY : ""}      - ${durable ? `if: ${isFirst}\n        ` : ""}run: cat "$MESSAGE"
        env:
          MESSAGE: \${{ steps.zekt.outputs.payload-path }}
${durable ? complete : ""}`;
  const read = `      - run: echo "$MESSAGE"
        env:
          MESSAGE: \${{ toJSON(${zektOf[start]}.payload) }}
`;
  const typed = `  repository_dispatch:\n    types: [${types.map(quoted).join(", ")}]\n`;
  const confirms = durable || shielded;
  const access = confirms
    ? `permissions:\n  id-token: write\nenv:\n  ZEKT_API_URL: ${quoted(apiUrl)}\n`
    : "permissions: {}\n";
  return {
    path: `.github/workflows/${nameOf(`${service.provider} ${service.slug}`)}.yml`,
    text: `name: ${quoted(`${service.slug} of ${service.provider}`)}
run-name: \${{ ${zektOf[start]}.eventType }} \${{ ${zektOf[start]}.deliveryId }}
on:
${start === "workflow_dispatch" ? ONE_INPUT : typed}${access}jobs:
  receive:
    runs-on: ubuntu-latest
    steps:
${confirms ? confirm : read}`,
  };
}
