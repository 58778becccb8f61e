import { join } from "node:path";
import ts from "typescript";
import { ROOT } from "./documents.ts";

/** Where a block is taken to stand, so that it finds the packages. */
const PLACE = join(ROOT, "example-of-a-document.ts");

/** Returns the faults of a TypeScript block, checked as strictly as the project's own files. */
export function checkTypes(text: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [PLACE] }, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => file === PLACE || fileExists(file);
  host.getSourceFile = (file, version, ...rest) =>
    file === PLACE ? ts.createSourceFile(file, text, version) : getSourceFile(file, version, ...rest);
  const program = ts.createProgram([PLACE], options, host);
  const file = program.getSourceFile(PLACE);
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    ({ messageText }) => ts.flattenDiagnosticMessageText(messageText, " "),
  );
}
