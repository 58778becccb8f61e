/** One resource of a CloudFormation template. */
export interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  DependsOn?: string[];
  DeletionPolicy?: "Retain" | "RetainExceptOnCreate" | "Delete";
  UpdateReplacePolicy?: "Retain" | "Delete";
}

export type Resources = Record<string, Resource>;
