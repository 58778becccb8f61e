// What serverless.yml reads through `file(…)`, which takes a function in a file that it can require.
module.exports = async ({ resolveVariable }) =>
  require("./resources.ts").resourcesOf(await resolveVariable("sls:stage"));
