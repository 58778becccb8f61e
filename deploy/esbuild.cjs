// serverless-esbuild asks for a function in a file that it can require.
module.exports = () => ({ ...require("./bundle.ts").bundle });
