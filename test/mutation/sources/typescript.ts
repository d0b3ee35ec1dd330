/**
 * Mutants of a verifier's source, found in its syntax tree: every check gone, every condition one conjunct or disjunct shorter, every
 * bound moved by one, every list one element shorter, every quantifier weakened. None is picked by hand, so that a check that is added
 * is weakened from then on.
 */
import ts from 'typescript';
import { applied, type Edit, mutantsOfEdits, type SourceMutant, shortened } from './edit.ts';

export function typescriptMutants(file: string, source: string): SourceMutant[] {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2022, true);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isInterfaceDeclaration(node) || ts.isTypeNode(node)) return;
    if (isListOfNames(node) || isErrorMaker(node)) return;
    for (const { at, range = [at.getStart(), at.end], text, how } of weakened(node)) {
      const where = `${functionAround(node)}: ${how} ${shortened(at.getText())}`;
      edits.push({ start: range[0], end: range[1], text, what: where });
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  const valid = edits.filter((edit) => isSyntax(file, applied(source, edit)));
  return mutantsOfEdits(file, source, valid);
}

/** Names of the functions that a module exports. */
export function exportedFunctions(source: string): string[] {
  const tree = ts.createSourceFile('module.ts', source, ts.ScriptTarget.ES2022, true);
  return tree.statements.flatMap((node) => {
    if (!ts.canHaveModifiers(node) || !ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
      return [];
    if (ts.isFunctionDeclaration(node)) return node.name!.text;
    if (!ts.isVariableStatement(node)) return [];
    const isFunction = ({ initializer }: ts.VariableDeclaration): boolean =>
      initializer !== undefined && (ts.isArrowFunction(initializer) || ts.isFunctionExpression(initializer));
    return node.declarationList.declarations.filter(isFunction).map(({ name }) => name.getText());
  });
}

interface Weakening {
  readonly at: ts.Node;
  /** What is exchanged, if not the whole node alone. */
  readonly range?: readonly [number, number];
  readonly text: string;
  readonly how: string;
}

const BOUNDS: Readonly<Partial<Record<ts.SyntaxKind, string>>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
};
const LOGICAL = new Set([ts.SyntaxKind.AmpersandAmpersandToken, ts.SyntaxKind.BarBarToken]);
/** Methods that bound what a schema accepts. */
const SCHEMA = new Set(['min', 'max', 'regex']);
/** They tell of checks, and make none; or they are gone with the condition, which is tried by itself. */
const PASSED_OVER = new Set(['onCheck', 'passed', 'check', 'fail']);

function weakened(node: ts.Node): Weakening[] {
  if (ts.isIfStatement(node) && /\bthrow\b|\bfail\(|return false/.test(node.thenStatement.getText()))
    return [{ at: node.expression, text: 'false', how: 'never' }];
  if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
    const called = node.expression.expression.getText();
    return PASSED_OVER.has(called) ? [] : [{ at: node, text: ';', how: 'without' }];
  }
  if (ts.isBinaryExpression(node)) return ofOperator(node);
  if (ts.isArrayLiteralExpression(node) && node.elements.length > 1) {
    const isName = (e: ts.Node): boolean => ts.isStringLiteral(e) || ts.isTemplateExpression(e);
    // beside what is checked, a name is for messages
    const gone = node.elements.every(isName) ? node.elements : node.elements.filter((e) => !isName(e));
    return gone.map((left) => ({
      at: left,
      range: withComma(node.elements, left),
      text: '',
      how: `of ${shortened(node.getText()).slice(0, 40)} without`,
    }));
  }
  if (ts.isCallExpression(node)) return ofCall(node);
  return [];
}

/** An element with the comma after it, the last one with the comma before it: what is left is a list without a hole. */
function withComma(list: ts.NodeArray<ts.Expression>, element: ts.Expression): readonly [number, number] {
  const at = list.indexOf(element);
  const next = list[at + 1];
  return next ? [element.getStart(), next.getStart()] : [list[at - 1]!.end, element.end];
}

function ofOperator({ left, right, operatorToken }: ts.BinaryExpression): Weakening[] {
  const { parent } = operatorToken;
  if (LOGICAL.has(operatorToken.kind))
    return [
      { at: parent, text: left.getText(), how: `without ${shortened(right.getText())} in` },
      { at: parent, text: right.getText(), how: `without ${shortened(left.getText())} in` },
    ];
  const bound = BOUNDS[operatorToken.kind];
  return bound ? [{ at: operatorToken, text: bound, how: `${bound} in ${shortened(parent.getText())}, not` }] : [];
}

function ofCall(node: ts.CallExpression): Weakening[] {
  const { expression, arguments: given } = node;
  const name = ts.isPropertyAccessExpression(expression) ? expression.name.text : expression.getText();
  if (name === 'check' && given.length > 2)
    return [{ at: given[1]!, text: 'true', how: `${given[0]!.getText()}, always` }];
  if (!ts.isPropertyAccessExpression(expression)) return [];
  if (name === 'every' || name === 'some')
    return [
      { at: expression.name, text: name === 'every' ? 'some' : 'every', how: `in ${shortened(node.getText())} not` },
    ];
  return SCHEMA.has(name) ? [{ at: node, text: expression.expression.getText(), how: `without ${name} in` }] : [];
}

/** Exported names of checks: what a reader of results sees. */
function isListOfNames(node: ts.Node): boolean {
  return ts.isVariableStatement(node) && /^export const \w*CHECKS = \[/.test(node.getText());
}

/** A function that only words an error. */
function isErrorMaker(node: ts.Node): boolean {
  return ts.isFunctionDeclaration(node) && node.type?.getText() === 'FoldError';
}

function functionAround(node: ts.Node): string {
  for (let at: ts.Node | undefined = node; at; at = at.parent) {
    if (ts.isFunctionDeclaration(at) && at.name) return at.name.text;
    if (ts.isVariableDeclaration(at) && at.parent.parent.parent.kind === ts.SyntaxKind.SourceFile)
      return at.name.getText();
  }
  return 'module';
}

/** An expression that is gone may leave behind what is no program. */
function isSyntax(file: string, text: string): boolean {
  const tree = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022);
  // not among the types of the package, and what its own programs ask for errors of syntax
  return (tree as unknown as { parseDiagnostics: readonly unknown[] }).parseDiagnostics.length === 0;
}
