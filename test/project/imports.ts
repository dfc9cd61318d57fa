/** Which file of the repository imports which. @module */
import ts from "typescript";
import { allFiles, readText, sources, target } from "./files.ts";

/** One import, or re-export, of a file of the repository by another. Paths are from the root. */
export interface Import {
  from: string;
  to: string;
}

/** The imports that one file's text says: static, dynamic, by `require`, and of types. */
export const importsOf = (file: string, text: string): Import[] => {
  const found: Import[] = [];
  const add = (specifier: ts.Node | undefined): void => {
    if (specifier && ts.isStringLiteralLike(specifier) && specifier.text.startsWith("."))
      found.push({ from: file, to: target(file, specifier.text) });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier);
    else if (ts.isCallExpression(node)) {
      const { expression } = node;
      if (expression.kind === ts.SyntaxKind.ImportKeyword || expression.getText() === "require")
        add(node.arguments[0]);
    } else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) add(node.argument.literal);
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true));
  return found;
};

/** Every import between files of the repository. */
export const imports: readonly Import[] = sources.flatMap((file) => importsOf(file, readText(file)));

/** Imports that name no file. */
export const missing: readonly Import[] = imports.filter(({ to }) => !allFiles.includes(to));
