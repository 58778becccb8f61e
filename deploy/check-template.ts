import { RegoEngine, TemplateFile } from "@aws/cloudformation-validate";

/** Rules that speak of how osls writes templates, or of a stage that sets no domain of its own. */
const ASIDE = [
  // A dependency said twice.
  "W3005",
  // `HasPublicUrl` is known when the template is written.
  "W8003",
];

/**
 * Returns the complaints of AWS's own validator about a template: by each resource's schema, and by the rules
 * of cfn-lint; warnings included, advice not.
 * https://github.com/aws-cloudformation/cloudformation-validate
 */
export function complaintsOf(file: string): string[] {
  const engine = new RegoEngine();
  try {
    const { status, diagnostics } = engine.validateStandard(new TemplateFile(file), {
      severityLevel: "WARN",
      exclude: { ids: ASIDE },
    });
    const complaints = diagnostics.map(
      ({ severity, ruleId, message, entity, propertyPath }) =>
        `${severity} ${ruleId} ${entity?.logicalId ?? ""} ${propertyPath ?? ""}: ${message}`,
    );
    return status === "OK"
      ? complaints
      : [...complaints, `The template could not be checked whole: ${status}`];
  } finally {
    engine.free();
  }
}
