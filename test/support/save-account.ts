import type { Account } from "../../app/domain/records/account.ts";
import type { Repository } from "../../app/domain/records/repository.ts";
import type { Accounts } from "../../app/store/accounts.ts";

/** Before anything that GitHub says later. */
const ASKED_FIRST = "";

/** Sets what is given of an account, and adds one that is not known. */
export async function saveAccount(
  accounts: Accounts,
  account: Pick<Account, "ownerId" | "login"> & Partial<Account>,
): Promise<void> {
  if (!(await accounts.changeAccount(account))) await accounts.recordAccount(account, ASKED_FIRST);
}

/** Sets what is given of a repository, and adds one that is not known. */
export async function saveRepository(
  accounts: Accounts,
  repository: Pick<Repository, "repositoryId" | "ownerId" | "fullName"> & Partial<Repository>,
): Promise<Repository> {
  const saved =
    (await accounts.changeRepository(repository)) ??
    (await accounts.recordRepository(repository, ASKED_FIRST));
  if (!saved) throw new Error(`${repository.fullName} was changed meanwhile.`);
  return saved;
}
