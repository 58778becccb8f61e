// What serverless.yml reads through `file(…)`, which takes a function in a file that it can require.
module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable("sls:stage");
  require("./stage.ts").requireStage(stage);
  require("./public-url.ts").requirePublicUrl(await resolveVariable("param:publicUrl"));
  return require("./resources.ts").resourcesOf(stage);
};
