import { useList } from "../api/queries.ts";
import type { Installation, LeftOutOrganization, Page } from "../api/types.ts";
import { useWhole } from "../api/use-whole.ts";

interface InstallationPage extends Page<Installation> {
  leftOut: LeftOutOrganization[];
}

/** Reads where the App is installed, all of it, and the organizations that GitHub leaves out of the user's lists. */
export function useInstallations() {
  const list = useList<Installation, InstallationPage>("/installations");
  useWhole(list);
  return { ...list, leftOut: list.data?.pages[0]?.leftOut ?? [] };
}
