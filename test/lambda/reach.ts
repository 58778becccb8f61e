import { fileURLToPath } from "node:url";
import ts from "typescript";
import type { Archive, Table } from "../../app/store/ports.ts";
import type { Queues } from "../../app/store/queues.ts";
import type { Access, FunctionName, TableAction } from "../../deploy/access.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const APP = `${ROOT}app/`;
const STORE = `${APP}store/store.ts`;

/** The actions that the store's methods ask AWS for. */
const ASKS: {
  Table: Record<keyof Table, readonly TableAction[]>;
  Archive: Record<keyof Archive, readonly (keyof Access["archive"])[]>;
  Queues: Record<keyof Queues, readonly Access["sends"][number][]>;
} = {
  Table: {
    get: ["GetItem"],
    getEvenExpired: ["GetItem"],
    getMany: ["GetItem"],
    put: ["PutItem"],
    update: ["UpdateItem"],
    add: ["UpdateItem", "PutItem"],
    delete: ["DeleteItem"],
    deleteAll: ["BatchWriteItem"],
    putAll: ["BatchWriteItem"],
    page: ["Query"],
    all: ["Query"],
  },
  // Whoever may not list is not told that an object is gone.
  Archive: {
    put: ["put"],
    removeAll: ["delete"],
    list: ["list"],
    get: ["get", "list"],
    join: ["put", "get", "list"],
    linkTo: ["get"],
  },
  Queues: { enqueueRouting: ["routing"], enqueueJobs: ["routing"], enqueueDeliveries: ["delivery"] },
};

/** A piece of code, and whose table it was reached for: what belongs to the store is read once for each. */
interface Place {
  node: ts.Node;
  table: string | null;
}

/**
 * Reads from the code what functions may ever ask AWS for, whether or not a test makes it happen. Whatever a
 * handler's code names, and what that names in turn, counts as called. Answers for each function `guards PutItem`,
 * `catalog Query byId`, `archive put`, `queue routing` and so on, in order.
 *
 * @throws Error where the code does not tell by which index it queries
 */
export function reachOf(names: readonly FunctionName[]): Record<FunctionName, string[]> {
  const files = names.map((name) => `${APP}lambda/${name}.ts`);
  const { config } = ts.readConfigFile(`${ROOT}tsconfig.json`, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const program = ts.createProgram(files, options);
  const checker = program.getTypeChecker();
  const moduleOf = (file: string): ts.Symbol =>
    checker.getSymbolAtLocation(program.getSourceFile(file) as ts.SourceFile) as ts.Symbol;
  const tables = tablesOf(program.getSourceFile(STORE) as ts.SourceFile, checker);
  const reached = names.map((name, index) => {
    const handler = checker
      .getExportsOfModule(moduleOf(files[index] as string))
      .find((one) => one.name === "handler");
    return [name, walk(checker, tables, handler?.declarations?.[0] as ts.Node)] as const;
  });
  return Object.fromEntries(reached) as Record<FunctionName, string[]>;
}

/** Returns the declarations of a name, wherever it was imported from. */
function declarationsOf(checker: ts.TypeChecker, name: ts.Node): readonly ts.Declaration[] {
  const found = checker.getSymbolAtLocation(name);
  const symbol = found && found.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(found) : found;
  return symbol?.declarations ?? [];
}

/** The code that runs where what is declared so is named. */
function codeOf(checker: ts.TypeChecker, declaration: ts.Declaration): readonly ts.Node[] {
  // Made: its constructor runs, and what its fields begin with. Its methods are reached by their names.
  if (ts.isClassDeclaration(declaration))
    return declaration.members.filter(
      (one) => ts.isConstructorDeclaration(one) || ts.isPropertyDeclaration(one),
    );
  // Taken out of a module that is loaded when it is needed. What comes by a parameter is named where it is passed.
  if (ts.isBindingElement(declaration) && ts.isParameter(ts.walkUpBindingElementsAndPatterns(declaration)))
    return [];
  if (ts.isBindingElement(declaration))
    return (checker.getTypeAtLocation(declaration).symbol?.declarations ?? []).filter(isCode);
  return isCode(declaration) ? [declaration] : [];
}

/** Which table each class of the store keeps its items in, as the store is put together. */
function tablesOf(store: ts.SourceFile, checker: ts.TypeChecker): Map<ts.Node, string> {
  const tables = new Map<ts.Node, string>();
  const visit = (node: ts.Node): void => {
    if (ts.isNewExpression(node)) {
      const [first] = node.arguments ?? [];
      const [name] = first && ts.isCallExpression(first) ? first.arguments : [];
      const [made] = declarationsOf(checker, node.expression);
      if (made && name && ts.isStringLiteral(name)) tables.set(made, name.text);
    }
    node.forEachChild(visit);
  };
  visit(store);
  return tables;
}

function walk(checker: ts.TypeChecker, tables: ReadonlyMap<ts.Node, string>, from: ts.Node): string[] {
  const seen = new Map<ts.Node, Set<string | null>>();
  const asked = new Set<string>();
  const waiting: Place[] = [{ node: from, table: null }];

  const reach = (declaration: ts.Node, table: string | null): void => {
    const file = declaration.getSourceFile();
    if (!file.fileName.startsWith(APP) || file.isDeclarationFile) return;
    waiting.push({ node: declaration, table: tables.get(declaration.parent) ?? table });
  };

  const visit = (node: ts.Node, table: string | null): void => {
    if (ts.isTypeNode(node) || ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) return;
    const isName = ts.isIdentifier(node) || ts.isPrivateIdentifier(node);
    for (const declaration of isName ? declarationsOf(checker, node) : []) {
      const asks = asksOf(checker, node, declaration, table);
      for (const ask of asks ?? []) asked.add(ask);
      if (!asks) for (const code of codeOf(checker, declaration)) reach(code, table);
    }
    node.forEachChild((child) => visit(child, table));
  };

  for (let place = waiting.pop(); place; place = waiting.pop()) {
    const { node, table } = place;
    const before = seen.get(node) ?? new Set();
    if (before.has(table)) continue;
    seen.set(node, before.add(table));
    node.forEachChild((child) => visit(child, table));
  }
  return [...asked].sort();
}

const isCode = (declaration: ts.Declaration): boolean =>
  ts.isFunctionDeclaration(declaration) ||
  ts.isMethodDeclaration(declaration) ||
  ts.isGetAccessorDeclaration(declaration) ||
  ts.isPropertyAssignment(declaration) ||
  (ts.isVariableDeclaration(declaration) && declaration.initializer !== undefined);

/** Returns the actions that a named method of the store asks AWS for; null for any other code. */
function asksOf(
  checker: ts.TypeChecker,
  name: ts.Node,
  declaration: ts.Declaration,
  table: string | null,
): string[] | null {
  if (!ts.isMethodDeclaration(declaration) && !ts.isMethodSignature(declaration)) return null;
  if (ts.isPrivateIdentifier(declaration.name)) return null;
  if (!declaration.getSourceFile().fileName.startsWith(`${APP}store/`)) return null;
  const kind = (declaration.parent as ts.ClassDeclaration | ts.InterfaceDeclaration).name?.text as string;
  if (!(kind in ASKS)) return null;
  const method = declaration.name.getText();
  const actions = (ASKS[kind as keyof typeof ASKS] as Record<string, readonly string[]>)[method];
  if (!actions) throw new Error(`What ${kind}.${method} asks AWS for is not known here.`);
  if (kind === "Archive") return actions.map((action) => `archive ${action}`);
  if (kind === "Queues") return actions.map((queue) => `queue ${queue}`);
  return actions.flatMap((action) =>
    action === "Query" ? queriesOf(checker, name).map((query) => `${table} ${query}`) : `${table} ${action}`,
  );
}

/** By which index a call queries. */
function queriesOf(checker: ts.TypeChecker, name: ts.Node): string[] {
  const call = ts.findAncestor(name, ts.isCallExpression);
  const of = call?.arguments[0];
  const index = of && indexOf(checker, of);
  if (of && !index) return ["Query"];
  const names = index?.isUnion() ? index.types : [index];
  return names
    .filter((one) => !(one && one.flags & ts.TypeFlags.Undefined))
    .map((one) => {
      if (!one?.isStringLiteral())
        throw new Error(`${call?.getText()} does not tell by which index it queries.`);
      return `Query ${one.value}`;
    });
}

/** The type of a key condition's index; undefined where it has none. */
function indexOf(checker: ts.TypeChecker, of: ts.Expression): ts.Type | undefined {
  if (!ts.isObjectLiteralExpression(of)) {
    const index = checker.getTypeAtLocation(of).getProperty("index");
    return index && checker.getTypeOfSymbolAtLocation(index, of);
  }
  const index = of.properties.find((one) => one.name?.getText() === "index");
  if (!index) return undefined;
  return checker.getTypeAtLocation(ts.isPropertyAssignment(index) ? index.initializer : index);
}
