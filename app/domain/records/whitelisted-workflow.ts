/** A workflow file of a provider's repository whose runs may leave it. */
export interface WhitelistedWorkflow {
  repositoryId: string;
  path: string;
  addedAt: string;
  addedBy: string;
}
