/** Arrows point down: entry points → steps → domain; steps → github, store. */
module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "console-knows-only-what-the-api-answers",
      comment: "Pages run in a browser: of the rest they take types, and nothing that runs.",
      severity: "error",
      from: { path: "^app/console/" },
      to: { path: "^app/", pathNot: "^app/console/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "domain-stands-alone",
      comment: "The rules know nothing of how they are stored, asked for or served.",
      severity: "error",
      from: { path: "^app/domain/" },
      to: { path: "^app/", pathNot: "^app/domain/" },
    },
    {
      name: "ports-know-only-the-domain",
      severity: "error",
      from: { path: "^app/(github|store|outbound)/" },
      to: { path: "^app/", pathNot: "^app/(domain|github|store|outbound)/" },
    },
    {
      name: "ports-do-not-know-each-other",
      severity: "error",
      from: { path: "^app/(github|store|outbound)/" },
      to: { path: "^app/(github|store|outbound)/", pathNot: "^app/$1/" },
    },
    {
      name: "steps-know-no-entry-point",
      severity: "error",
      from: { path: "^app/steps/" },
      to: { path: "^app/", pathNot: "^app/(domain|github|store|outbound|steps)/|^app/zekt\\.ts$" },
    },
    {
      name: "only-the-store-knows-aws",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/(store|lambda)/" },
      to: { path: "^(node_modules/)?@(aws-sdk|smithy)/" },
    },
    {
      name: "app-knows-no-test",
      severity: "error",
      from: { path: "^(app|action)/" },
      to: { path: "^(test|demo|bench|scripts)/" },
    },
    {
      name: "actions-and-app-are-apart",
      severity: "error",
      from: { path: "^action/" },
      to: { path: "^app/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: { extensions: [".ts", ".mjs", ".js", ".json"] },
  },
};
