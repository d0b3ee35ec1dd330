/**
 * Long work is a generator (src/turns.ts), which does nothing until somebody runs it: a call of a circuit function without `yield*`
 * would leave its constraints out, and no type would tell. So every call in the sources that makes one must stand where it is run.
 */
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { expect, it } from 'vitest';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** Places where the generator of a call is run, or handed to a caller who is asked the same. */
function isRun(call: ts.CallExpression): boolean {
  let node: ts.Node = call;
  while (ts.isParenthesizedExpression(node.parent) || ts.isNonNullExpression(node.parent)) node = node.parent;
  // either branch of a choice stands where the choice stands
  while (ts.isConditionalExpression(node.parent) && node.parent.condition !== node) node = node.parent;
  const { parent } = node;
  if (ts.isYieldExpression(parent)) return parent.asteriskToken !== undefined;
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node)) return true;
  // an argument: of what runs it, or passes it on
  if (ts.isCallExpression(parent)) return parent.arguments.includes(node as ts.Expression);
  return (ts.isForOfStatement(parent) && parent.expression === node) || ts.isSpreadElement(parent);
}

function unrun(files: ReadonlyMap<string, string> = new Map()): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), ts.sys.readFile);
  const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT);
  const host = ts.createCompilerHost(options);
  const readFile = host.readFile.bind(host);
  host.readFile = (path) => files.get(relative(ROOT, path)) ?? readFile(path);
  const own = fileNames.filter((path) => relative(ROOT, path).startsWith('src/'));
  const program = ts.createProgram([...own, ...[...files.keys()].map((path) => join(ROOT, path))], options, host);
  const checker = program.getTypeChecker();
  const found: string[] = [];
  /** One that yields nothing, or what it waits for; iterators of values are used as such. */
  const isInterruptible = (type: ts.Type): boolean => {
    if (type.symbol?.name !== 'Generator') return false;
    const yielded = checker.getTypeArguments(type as ts.TypeReference)[0]!;
    return (yielded.isUnion() ? yielded.types : [yielded]).some(({ flags }) => (flags & ts.TypeFlags.Undefined) !== 0);
  };
  const visit = (node: ts.Node, file: ts.SourceFile): void => {
    if (ts.isCallExpression(node) && !isRun(node) && isInterruptible(checker.getTypeAtLocation(node))) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart());
      found.push(`${relative(ROOT, file.fileName)}:${line + 1}: ${node.expression.getText()}`);
    }
    ts.forEachChild(node, (child) => visit(child, file));
  };
  for (const file of program.getSourceFiles()) {
    const path = relative(ROOT, file.fileName);
    if (path.startsWith('src/') || files.has(path)) visit(file, file);
  }
  return found;
}

const FORGOTTEN = `
function* rows(): Generator<undefined, void, undefined> {
  yield;
}
function* waiting(): Generator<Promise<unknown> | undefined, void, undefined> {
  yield Promise.resolve();
}
export function* circuit(): Generator<Promise<unknown> | undefined, void, undefined> {
  rows();
  const later = rows();
  yield* rows();
  void later;
  waiting();
}
`;

it('is run wherever it is made, and the test sees where it is not', () => {
  expect(unrun(new Map([['test/house/forgotten.ts', FORGOTTEN]]))).toEqual([
    'test/house/forgotten.ts:9: rows',
    'test/house/forgotten.ts:10: rows',
    'test/house/forgotten.ts:13: waiting',
  ]);
}, 60_000);
