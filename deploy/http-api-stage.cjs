// What serverless.yml reads through `file(…)`, as with resources.cjs.
module.exports = async ({ resolveVariable }) => {
  const { httpApiStage, readLimits } = require("./http-api-stage.ts");
  return httpApiStage(await readLimits((name) => resolveVariable(`param:${name}`)));
};
