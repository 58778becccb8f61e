/** Arrows point down: entry points → http, steps → domain; steps → github, outbound, store. */
const ROOMS = [
  "jobs",
  "installations",
  "zekt-yml",
  "catalog",
  "hooks",
  "intake",
  "replay",
  "delivery",
  "notices",
];

/** A room of `steps/` imports only rooms to its right in {@link ROOMS}. */
const roomRules = ROOMS.slice(1).map((room, index) => ({
  name: `steps-${room}-imports-only-rooms-to-its-right`,
  severity: "error",
  from: { path: `^app/steps/${room}/` },
  to: { path: `^app/steps/(${ROOMS.slice(0, index + 1).join("|")})/` },
}));

module.exports = {
  forbidden: [
    {
      name: "no-circles",
      severity: "error",
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ["type-only"] } },
    },
    {
      name: "console-imports-only-types-of-the-rest",
      comment: "Pages run in a browser: of the rest they import types, and nothing that runs.",
      severity: "error",
      from: { path: "^app/console/" },
      to: { path: "^app/", pathNot: "^app/console/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "domain-stands-alone",
      comment: "The rules do not know how they are stored, requested or served.",
      severity: "error",
      from: { path: "^app/domain/" },
      to: { path: "^app/", pathNot: "^app/domain/" },
    },
    {
      name: "records-import-only-records",
      severity: "error",
      from: { path: "^app/domain/records/" },
      to: { path: "^app/", pathNot: "^app/domain/records/" },
    },
    {
      name: "ports-import-only-the-domain",
      severity: "error",
      from: { path: "^app/(github|store|outbound)/" },
      to: { path: "^app/", pathNot: "^app/(domain|github|store|outbound)/" },
    },
    {
      name: "ports-do-not-import-each-other",
      severity: "error",
      from: { path: "^app/(github|store|outbound)/" },
      to: { path: "^app/(github|store|outbound)/", pathNot: "^app/$1/" },
    },
    {
      name: "steps-import-no-entry-point",
      severity: "error",
      from: { path: "^app/steps/" },
      to: { path: "^app/", pathNot: "^app/(domain|github|store|outbound|steps|log)/|^app/deps\\.ts$" },
    },
    ...roomRules,
    {
      name: "http-points-down",
      comment: "api ▸ routes ▸ {views, pages, webhooks} ▸ kit",
      severity: "error",
      from: { path: "^app/http/kit/" },
      to: { path: "^app/http/(?!kit/)" },
    },
    {
      name: "http-views-pages-and-webhooks-import-only-kit",
      severity: "error",
      from: { path: "^app/http/(views|pages|webhooks)/" },
      to: { path: "^app/http/", pathNot: "^app/http/($1|kit)/" },
    },
    {
      name: "http-routes-import-no-api",
      severity: "error",
      from: { path: "^app/http/routes/" },
      to: { path: "^app/http/", pathNot: "^app/http/(routes|views|pages|webhooks|kit)/" },
    },
    {
      name: "facts-are-declared-in-one-place",
      comment: "app/store/fact-kinds.ts declares each kind of fact once; the rest of the app names those.",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/store/" },
      to: { path: "^app/store/facts\\.ts$" },
    },
    {
      name: "only-its-adapter-imports-aws",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/store/aws/" },
      to: { path: "^(node_modules/)?@aws-sdk/" },
    },
    {
      name: "only-its-adapter-and-lambdas-import-smithy",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/(store/aws|lambda)/" },
      to: { path: "^(node_modules/)?@smithy/" },
    },
    {
      name: "only-entry-points-import-an-adapter-of-the-store",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/(main|lambda)/|^app/server\\.ts$|^app/store/(aws|sqlite)/" },
      to: { path: "^app/store/(aws|sqlite)/" },
    },
    {
      name: "adapters-of-the-store-do-not-import-each-other",
      severity: "error",
      from: { path: "^app/store/(aws|sqlite)/" },
      to: { path: "^app/store/(aws|sqlite)/", pathNot: "^app/store/$1/" },
    },
    {
      name: "adapters-of-the-store-import-its-port-and-the-domain",
      severity: "error",
      from: { path: "^app/store/(aws|sqlite)/" },
      to: {
        path: "^app/",
        pathNot:
          "^app/domain/|^app/store/(aws|sqlite)/|^app/store/(ports|cursor|tables|queues)\\.ts$|\\.json$",
      },
    },
    {
      name: "what-npm-start-runs-is-installed-for-production",
      comment:
        "`npm ci --omit=dev` installs `dependencies` alone. Console and functions are bundled: scripts/shipped.ts.",
      severity: "error",
      from: { path: "^app/", pathNot: "^app/(console|lambda)/" },
      to: {
        pathNot: "@octokit/webhooks-types",
        dependencyTypes: ["npm-dev", "npm-no-pkg", "npm-unknown", "unknown"],
        dependencyTypesNot: ["type-only"],
      },
    },
    {
      name: "app-imports-no-test",
      severity: "error",
      from: { path: "^(app|action)/" },
      to: { path: "^(fake-github|harness|test|demo|bench|scripts)/" },
    },
    {
      name: "fake-github-imports-nothing-of-zekt",
      severity: "error",
      from: { path: "^fake-github/" },
      to: { path: "^(app|action|shared|harness|test|demo|bench|scripts)/" },
    },
    {
      name: "harness-imports-no-demo-or-test",
      severity: "error",
      from: { path: "^harness/" },
      to: { path: "^(test|demo|bench|scripts)/" },
    },
    {
      name: "cli-imports-rules-and-the-types-of-answers",
      comment:
        "The command line runs the domain's rules, the server's checks of settings and addresses, its proxies and its backup, and calls the API for all else.",
      severity: "error",
      from: { path: "^cli/" },
      to: {
        path: "^(app|action|fake-github|harness|test|demo|bench|scripts)/",
        pathNot:
          "^app/(domain|http/views)/|^app/main/(config|config-error|host-and-port|proxy)\\.ts$|^app/github/(api-version|app-jwt)\\.ts$|^app/outbound/private-address\\.ts$|^app/store/sqlite/backup\\.ts$",
      },
    },
    {
      name: "cli-imports-only-types-of-answers",
      severity: "error",
      from: { path: "^cli/" },
      to: { path: "^app/http/", dependencyTypesNot: ["type-only"] },
    },
    {
      name: "nothing-imports-cli",
      severity: "error",
      from: { path: "^(app|action|fake-github|harness|demo|bench)/" },
      to: { path: "^cli/" },
    },
    {
      name: "actions-and-app-are-apart",
      comment:
        "What both run is in `shared/`, but for the rules of schemas, which a part of the send action runs by itself.",
      severity: "error",
      from: { path: "^action/" },
      to: { path: "^app/", pathNot: "^app/domain/intake/message-schema\\.ts$" },
    },
    {
      name: "app-imports-no-action",
      severity: "error",
      from: { path: "^app/" },
      to: { path: "^action/" },
    },
    {
      name: "shared-imports-nothing",
      comment:
        "It ends up in the actions' bundles, the functions' and the server: no package, and nothing of Node.",
      severity: "error",
      from: { path: "^shared/" },
      to: { pathNot: "^shared/" },
    },
    {
      name: "only-app-and-actions-use-what-they-share",
      severity: "error",
      from: { pathNot: "^(app|action|cli|shared|test)/" },
      to: { path: "^shared/" },
    },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "(^|/)dist/" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      extensions: [".ts", ".mjs", ".js", ".json"],
      exportsFields: ["exports"],
      conditionNames: ["import", "node", "require", "default"],
    },
  },
};
