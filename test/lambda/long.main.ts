import { startVitest } from "vitest/node";

// `npm run long`: Lambda's long jobs at full size, a bulk replay of 2,000 and an export of 10,000 runs.
process.env.ZEKT_LONG = "full";
const vitest = await startVitest("test", ["test/lambda/long"], {
  watch: false,
  // Each test as it ends, since one takes minutes.
  reporters: ["verbose"],
});
await vitest.close();
