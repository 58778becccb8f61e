import type { z } from "zod";
import type { deliverySchema } from "../../app/http/views/delivery.ts";
import type { deliveryPage } from "../../app/http/views/delivery-filter.ts";
import type { queueStatsSchema, stuckSchema } from "../../app/http/views/operations.ts";
import type { replaySchema } from "../../app/http/views/replay.ts";
import type { repositorySchema } from "../../app/http/views/repository.ts";
import type { serviceSchema } from "../../app/http/views/service.ts";
import type { shieldKeySchema } from "../../app/http/views/shield-key.ts";
import type { subscriptionSchema } from "../../app/http/views/subscription.ts";
import type { timelineSchema } from "../../app/http/views/timeline.ts";

/** The API's answers, by the schemas that document and check them. */

export type Delivery = z.infer<typeof deliverySchema>;
export type DeliveryPage = z.infer<typeof deliveryPage>;
export type Replay = z.infer<typeof replaySchema>;
export type Repository = z.infer<typeof repositorySchema>;
export type QueueStats = z.infer<typeof queueStatsSchema>;
export type ShieldKey = z.infer<typeof shieldKeySchema>;
export type Service = z.infer<typeof serviceSchema>;
export type Stuck = z.infer<typeof stuckSchema>;
export type Subscription = z.infer<typeof subscriptionSchema>;
export type Timeline = z.infer<typeof timelineSchema>;

export interface Page<T> {
  items: T[];
  cursor: string | null;
}
