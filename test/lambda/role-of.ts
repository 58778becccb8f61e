import type { FunctionName } from "../../deploy/access.ts";
import type { Statement } from "./iam.ts";
import type { Template } from "./package.ts";
import { deployed } from "./template-values.ts";

/** The role's statements, the variables and the seconds for a call that a packaged function gets once deployed. */
export interface Given {
  timeout: number;
  statements: Statement[];
  variables: Record<string, string>;
}

interface RoleProperties {
  Policies: { PolicyDocument: { Statement: Statement[] } }[];
  ManagedPolicyArns?: string[];
}

/** Reads from the template what a function may do, by the role that it runs in there. */
export function givenTo(name: FunctionName, template: Template): Given {
  const resources = Object.values(template.Resources);
  const properties = resources.find(
    ({ Type, Properties }) =>
      Type === "AWS::Lambda::Function" && String(Properties.FunctionName).endsWith(`-${name}`),
  )?.Properties as {
    Role: { "Fn::GetAtt": [string, "Arn"] };
    Environment: { Variables: object };
    Timeout: number;
  };
  const role = template.Resources[properties.Role["Fn::GetAtt"][0]]?.Properties as unknown as RoleProperties;
  if (role.ManagedPolicyArns)
    throw new Error(`What the managed policies of ${name} allow is not known here.`);
  return {
    timeout: properties.Timeout,
    statements: role.Policies.flatMap(
      ({ PolicyDocument }) => deployed(PolicyDocument.Statement, template) as Statement[],
    ),
    variables: deployed(properties.Environment.Variables, template) as Record<string, string>,
  };
}
