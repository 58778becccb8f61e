import { Refusal } from "../domain/refusal.ts";
import type { Zekt } from "../zekt.ts";
import { deliveriesOf } from "./export-owner.ts";
import { forgetRepository } from "./leave-repository.ts";
import { askedNow } from "./sync-repository.ts";

/**
 * Removes everything stored of an owner. What its runs said leaves the archive with its deliveries;
 * messages never joined end with their own TTL.
 *
 * @throws Refusal conflict while the App is installed: it would only be filled again
 */
export async function eraseOwner(zekt: Zekt, ownerId: string): Promise<void> {
  const { accounts, deliveries, archive } = zekt.store;
  const account = await accounts.getAccount(ownerId);
  if (account && account.installation !== "none") {
    throw new Refusal(
      "conflict",
      `Uninstall the App from ${account.login} first; then its data can be erased.`,
    );
  }
  for (const repository of await accounts.allRepositories(ownerId)) {
    for await (const delivery of deliveriesOf(zekt, repository.repositoryId)) {
      if (delivery.providerOwnerId === ownerId) await archive.remove(delivery.archiveKey);
      await deliveries.remove(delivery.deliveryId);
    }
    await forgetRepository(zekt, repository.repositoryId, askedNow(zekt));
  }
  await accounts.removeAccount(ownerId);
}
