/** The pages over all repositories of a side, by the names that users know. */
export const SIDE_TABS = {
  provider: [
    ["", "Zekt Repos"],
    ["deliveries", "Delivery Status"],
  ],
  consumer: [
    ["", "Zekt Repos"],
    ["subscriptions", "Zekt Subscriptions"],
  ],
} as const;
