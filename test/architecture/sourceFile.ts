import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

export interface ImportLine {
  /** As written: `vscode`, `../base/errors`. */
  readonly specifier: string;
  /** `lazy` is a dynamic `import()`, `type` leaves nothing in the bundle. */
  readonly kind: 'value' | 'type' | 'lazy';
  readonly reExport: boolean;
}

/** What the rules need to know of one file. */
export interface SourceFile {
  /** From the repository, with slashes: `src/base/errors.ts`. */
  readonly path: string;
  readonly lines: number;
  readonly imports: readonly ImportLine[];
  /** Names of module-level variables that can change: `let`, `var`, and constants that hold a collection made empty. */
  readonly mutableState: readonly string[];
  /** Whether it does nothing but pass on what other files export. */
  readonly isBarrel: boolean;
}

/** Every TypeScript file below the folders. */
export function readSources(root: string, folders: readonly string[]): readonly SourceFile[] {
  return folders.flatMap(folder =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /\.tsx?$/.test(entry.name))
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
      .map(file => readSource(relative(root, file).split(sep).join('/'), readFileSync(file, 'utf8'))),
  );
}

export function readSource(path: string, text: string): SourceFile {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const imports: ImportLine[] = [];
  const visit = (node: ts.Node): void => {
    const found = importOf(node);
    if (found) imports.push(found);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return {
    path,
    lines: text.trimEnd().split('\n').length,
    imports,
    mutableState: file.statements.filter(ts.isVariableStatement).flatMap(mutableNames),
    isBarrel:
      file.statements.length > 0 &&
      file.statements.every(
        statement => ts.isExportDeclaration(statement) && statement.moduleSpecifier !== undefined,
      ),
  };
}

function importOf(node: ts.Node): ImportLine | undefined {
  if (ts.isImportDeclaration(node)) {
    return {
      specifier: textOf(node.moduleSpecifier),
      kind: isTypeOnly(node.importClause) ? 'type' : 'value',
      reExport: false,
    };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier) {
    return {
      specifier: textOf(node.moduleSpecifier),
      kind: node.isTypeOnly ? 'type' : 'value',
      reExport: true,
    };
  }
  if (
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword &&
    node.arguments[0]
  ) {
    return { specifier: textOf(node.arguments[0]), kind: 'lazy', reExport: false };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: textOf(node.argument.literal), kind: 'type', reExport: false };
  }
  return undefined;
}

/** `import type …`, or every name marked `type`; an import without names is there for its effect. */
function isTypeOnly(clause: ts.ImportClause | undefined): boolean {
  if (!clause) return false;
  if (clause.phaseModifier === ts.SyntaxKind.TypeKeyword) return true;
  const named = clause.namedBindings;
  return (
    clause.name === undefined &&
    named !== undefined &&
    ts.isNamedImports(named) &&
    named.elements.length > 0 &&
    named.elements.every(element => element.isTypeOnly)
  );
}

const COLLECTIONS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Emitter', 'Array']);

function mutableNames(statement: ts.VariableStatement): readonly string[] {
  if (statement.modifiers?.some(modifier => modifier.kind === ts.SyntaxKind.DeclareKeyword)) return [];
  const isConst = (statement.declarationList.flags & ts.NodeFlags.Const) !== 0;
  return statement.declarationList.declarations
    .filter(declaration => !isConst || startsEmpty(declaration.initializer))
    .map(declaration => declaration.name.getText());
}

function startsEmpty(value: ts.Expression | undefined): boolean {
  if (value === undefined) return false;
  if (ts.isArrayLiteralExpression(value)) return value.elements.length === 0;
  if (ts.isObjectLiteralExpression(value)) return value.properties.length === 0;
  return (
    ts.isNewExpression(value) &&
    COLLECTIONS.has(value.expression.getText()) &&
    (value.arguments ?? []).length === 0
  );
}

function textOf(node: ts.Node): string {
  return ts.isStringLiteralLike(node) ? node.text : node.getText();
}
