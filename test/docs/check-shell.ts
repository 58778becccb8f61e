import { existsSync, readFileSync } from "node:fs";
import { TABLES } from "../../deploy/names.ts";
import { API } from "./api-document.ts";
import { checkZekt } from "./check-zekt.ts";
import { ROOT } from "./documents.ts";
import { syntaxProblem } from "./shell.ts";

const SCRIPTS = Object.keys(
  (JSON.parse(readFileSync(`${ROOT}package.json`, "utf8")) as { scripts: object }).scripts,
);
/** Where GitHub's device flow is; the fake GitHub has it, and a test goes the way. */
const DEVICE_FLOW = ["https://github.com/login/device/code", "https://github.com/login/oauth/access_token"];
const PARAMETERS = /ZEKT_PARAMETERS: (\S+)/.exec(readFileSync(`${ROOT}serverless.yml`, "utf8"))?.[1] ?? "";

/** Commands that a block may begin a line with, and what is wrong with how it does. */
const COMMANDS: Record<string, (line: string) => string[]> = {
  npm: (line) => {
    const [, run, name = run] = /^npm (\S+)(?: (\S+))?/.exec(line) ?? [];
    const script = run === "run" ? name : run;
    if (["npm install --global ./cli/dist", "npm ci", "npm prune --omit=dev"].includes(line)) return [];
    return SCRIPTS.includes(script ?? "") ? [] : [`package.json has no script ${script}`];
  },
  api: checkCall,
  "api()": () => [],
  curl: (line) => {
    const url = /https?:\/\/\S+/.exec(line)?.[0];
    if (url) return DEVICE_FLOW.includes(url) ? [] : [`nobody checks ${url}`];
    const path = /\$ZEKT\/api(\S*)/.exec(line)?.[1] ?? "";
    return checkCall(`api GET ${path}`);
  },
  aws: (line) => {
    const table = /^aws dynamodb .*--table-name (\S+)/.exec(line)?.[1];
    if (table)
      return TABLES.some((name) => table === `zekt-prod-${name}`) ? [] : [`there is no table ${table}`];
    const stack = /^aws cloudformation .*--stack-name (\S+)/.exec(line)?.[1];
    if (stack) return stack === "zekt-prod" ? [] : [`there is no stack ${stack}`];
    const prefix = PARAMETERS.replace(/\$\{[^}]*\}/, "prod");
    return line.includes(`--name ${prefix}`) ? [] : [`serverless.yml reads its parameters from ${prefix}`];
  },
  cp: ([...line]) => (line.join("").startsWith("cp .env.example .env") ? [] : ["nobody checks this copy"]),
  echo: () => [],
  podman: (line) => {
    const file = /^podman build -f (\S+) /.exec(line)?.[1];
    if (file) return existsSync(`${ROOT}${file}`) ? [] : [`there is no ${file}`];
    return line.startsWith("podman run ") ? [] : ["nobody checks this call of podman"];
  },
  systemctl: (line) =>
    existsSync(`${ROOT}deploy/${line.split(" ").at(-1)}.service`) ? [] : [`there is no unit for ${line}`],
  // Where they lead is checked with the page on upgrades.
  cd: (line) => (/^cd \/opt(\/zekt-next)?$/.test(line) ? [] : ["nobody checks this folder"]),
  mv: (line) => (/^mv zekt(-next)? zekt(-before)?$/.test(line) ? [] : ["nobody checks this move"]),
  git: (line) =>
    line === 'git clone "$(git -C /opt/zekt remote get-url origin)" /opt/zekt-next'
      ? []
      : ["nobody checks this call of git"],
  npx: (line) => (/^npx osls remove --stage \w+$/.test(line) ? [] : ["nobody checks this call of npx"]),
  export: (line) => (/^export ZEKT_(URL|TOKEN)=/.test(line) ? [] : ["nobody checks this variable"]),
  zekt: checkZekt,
};

/** Checks a call of the shell function `api` by the API's own document: path, method, query and body. */
function checkCall(line: string): string[] {
  const [, method = "", given = "", body] =
    /api (\w+)\s+("[^"]*"|[^\s)]+)(?:\s+'([\s\S]*)')?/.exec(
      line.replaceAll(`'"$SUBSCRIPTION"'`, "subscription-1"),
    ) ?? [];
  const address = `/api${given.replaceAll('"', "")}`.replaceAll(/\$[A-Z]+/g, "1");
  const template = API.templateOf(address);
  const operation = API.document.paths[template]?.[method.toLowerCase()];
  if (!operation) return [`the API has no ${method} ${address}`];
  const known: string[] = (operation.parameters ?? []).map(({ name }: { name: string }) => name);
  const asked = [...new URL(address, "http://zekt").searchParams.keys()];
  const problems = asked.filter((name) => !known.includes(name)).map((name) => `${template} has no ${name}`);
  if (body === undefined) return problems;
  if (!operation.requestBody) return [...problems, `${method} ${template} takes no body`];
  const place = [
    "paths",
    template,
    method.toLowerCase(),
    "requestBody",
    "content",
    "application/json",
    "schema",
  ];
  const validate = API.check(...place);
  validate(JSON.parse(body));
  return [
    ...problems,
    ...(validate.errors ?? []).map((error) => `${line}: ${error.instancePath} ${error.message}`),
  ];
}

/** The commands of a script, each on a line of its own: continued lines joined, comments left out. */
function commandsOf(script: string): string[] {
  const joined = script
    .replaceAll(/\\\n\s*/g, " ")
    .replaceAll(/'[^']*'/g, (text) => text.replaceAll("\n", " "));
  return joined
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"));
}

/** Returns the faults of a shell block; an unknown command is one. */
export function checkShell(script: string): string[] {
  const syntax = syntaxProblem(script);
  if (syntax !== null) return [syntax];
  return commandsOf(script).flatMap((line) => {
    const command = line.replace(/^[A-Z]+=\$\(/, "");
    const name = /^\S+/.exec(command)?.[0] ?? "";
    const check = COMMANDS[name];
    return check ? check(command) : [`nobody checks the command ${name}`];
  });
}
