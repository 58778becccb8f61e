import { alarmRuleResources } from "./alarm-rule.ts";
import { alarmResources } from "./alarms.ts";
import { archiveResources } from "./archive.ts";
import { dashboardResources } from "./dashboard.ts";
import { queueResources } from "./queues.ts";
import type { Resources } from "./resource.ts";
import { roleResources } from "./roles.ts";
import { tableResources } from "./tables.ts";

/** Everything that a stage is made of besides its functions and their API. */
export const resourcesOf = (stage: string): Resources => ({
  ...tableResources(stage),
  ...archiveResources(stage),
  ...queueResources(stage),
  ...roleResources(stage),
  ...alarmResources(stage),
  ...alarmRuleResources(stage),
  ...dashboardResources(stage),
});
