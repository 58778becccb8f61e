// A fresh process: loads a function's bundle as Lambda does, and answers one event. Says when, and how.
const { readFileSync } = require("node:fs");

const { handler } = require(process.argv[2]);
const event = JSON.parse(readFileSync(process.argv[3], "utf8"));
handler(event, { awsRequestId: "first", getRemainingTimeInMillis: () => 28_000 }).then(
  (result) => {
    process.stdout.write(`answered ${JSON.stringify(result)}\n`);
    process.exit(0);
  },
  (error) => {
    process.stderr.write(`${error.stack}\n`);
    process.exit(1);
  },
);
