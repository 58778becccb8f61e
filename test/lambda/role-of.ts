import type { FunctionName } from "../../deploy/access.ts";
import type { Statement } from "./iam.ts";
import type { Template } from "./package.ts";
import { deployed } from "./template-values.ts";

/** The role's statements, the variables, the seconds for a call and the rest that a function gets once deployed. */
export interface Given {
  name: string;
  handler: string;
  timeout: number;
  /** Megabytes. */
  memory: number;
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
    FunctionName: string;
    Handler: string;
    Timeout: number;
    MemorySize: number;
  };
  const role = template.Resources[properties.Role["Fn::GetAtt"][0]]?.Properties as unknown as RoleProperties;
  if (role.ManagedPolicyArns)
    throw new Error(`What the managed policies of ${name} allow is not known here.`);
  return {
    name: properties.FunctionName,
    handler: properties.Handler,
    timeout: properties.Timeout,
    memory: properties.MemorySize,
    statements: role.Policies.flatMap(
      ({ PolicyDocument }) => deployed(PolicyDocument.Statement, template) as Statement[],
    ),
    variables: deployed(properties.Environment.Variables, template) as Record<string, string>,
  };
}
