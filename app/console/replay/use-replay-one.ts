import { useAct } from "../api/queries.ts";
import type { Delivery } from "../api/types.ts";
import { useFeedback } from "../ui/feedback.tsx";
import { serviceWords } from "../ui/words.ts";

/** Returns a function that asks before it replays one delivery, and leads to the new one. */
export function useReplayOne(): (one: Delivery) => void {
  const { ask } = useFeedback();
  const act = useAct();
  return (one) => {
    // One question replays once, however often its button is pressed.
    // Pages by plain http of another machine have no randomUUID.
    const key = crypto.getRandomValues(new Uint32Array(4)).join("-");
    let made = "";
    const consumer = one.consumer.fullName ?? one.consumer.repositoryId;
    ask({
      title: "Replay this delivery?",
      text: `Zekt dispatches ${one.eventType} of ${serviceWords(one.service)} to ${consumer} again, with the same payload. Every workflow there that listens to it runs again. This cannot be undone.`,
      action: "Replay",
      run: async () => {
        const path = `/replay/${encodeURIComponent(one.deliveryId)}`;
        made = (await act<{ deliveryId: string }>({ method: "POST", path, key })).deliveryId;
      },
      done: () => ({
        text: "The delivery is dispatched again.",
        link: { to: `/deliveries/${made}`, name: "Open the new delivery" },
      }),
    });
  };
}
