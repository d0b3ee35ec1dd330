/** docs/formats.md has every format that the sources name, with the version that they write and read, and no other. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
/** A format of people's own files, which has a page of its own. */
const PAGES = ['docs/formats.md', 'docs/experiments.md'];
/** Domains of digests, which no file has: docs/protocol.md says those that another program needs. */
const DOMAIN = /^v\d+$/;

const docs = PAGES.map((page) => readFileSync(join(ROOT, page), 'utf8')).join('\n');
const sources = readdirSync(join(ROOT, 'src'), { recursive: true })
  .map(String)
  .filter((path) => path.endsWith('.ts'))
  .map((path) => readFileSync(join(ROOT, 'src', path), 'utf8'));

/** What `format` or `version` is in an object: a literal, or the schema of one. */
function literalOf(object: ts.ObjectLiteralExpression, name: string): string | undefined {
  const property = object.properties.find((one) => ts.isPropertyAssignment(one) && one.name.getText() === name);
  if (!property || !ts.isPropertyAssignment(property)) return undefined;
  const { initializer } = property;
  const value = ts.isCallExpression(initializer) ? initializer.arguments[0] : initializer;
  return value && (ts.isStringLiteral(value) || ts.isNumericLiteral(value)) ? value.text : undefined;
}

/** "format version" of every object that has both, and of files whose container has them (src/store/files.ts). */
function written(): Set<string> {
  const found = new Set<string>();
  for (const text of sources) {
    const visit = (node: ts.Node): void => {
      if (ts.isObjectLiteralExpression(node)) {
        const [format, version] = ['format', 'version'].map((name) => literalOf(node, name));
        if (format?.startsWith('layerfold/') && version !== undefined) found.add(`${format} ${version}`);
      }
      ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile('module.ts', text, ts.ScriptTarget.ES2022, true));
    const [, container] = /^(?:export )?const \w*FORMAT = '([a-z-]+)';$/m.exec(text) ?? [];
    const [, version] = /^const VERSION = (\d+);$/m.exec(text) ?? [];
    if (container !== undefined) found.add(`${container} ${version}`);
  }
  return found;
}

/** As the pages say it: format "layerfold/x", version 1; of plans "version 1 of slots, 3 of the tensor machine". */
function documented(): Set<string> {
  const found = new Set<string>();
  for (const [, format, rest] of docs.matchAll(
    /"(layerfold\/[a-z-]+|[a-z]+-proof)",\s+"?version"?:? ([^;.,]*(?:, \d+ of)?)/g,
  ))
    for (const [, version] of rest!.matchAll(/(?:^|, )(\d+)/g)) found.add(`${format} ${version}`);
  return found;
}

const sorted = (found: Iterable<string>): string[] => [...found].toSorted();

describe('docs/formats.md', () => {
  it('says the version of every format', () => {
    const formats = written();
    expect(formats).toContain('folded-proof 3');
    expect(formats).toContain('layerfold/plan 4');
    expect(sorted(documented())).toEqual(sorted(formats));
  });

  it('says the version of what stands beside snarkjs', () => {
    const json = readFileSync(join(ROOT, 'src/wrap/proof-json.ts'), 'utf8');
    const versions = new Set([...json.matchAll(/version: (?:z\.literal\()?(\d+)/g)].map(([, version]) => version));
    expect([...versions]).toEqual([/stands under "layerfold", version (\d+):/.exec(docs)![1]]);
  });

  it('names every schema of a line and every head of an object', () => {
    const named = (texts: readonly string[]): string[] =>
      sorted(
        new Set(
          texts.flatMap((text) =>
            [...text.matchAll(/layerfold\/[a-z-]+\/(v?\d)\b/g)].flatMap(([whole, version]) =>
              DOMAIN.test(version!) ? [] : [whole],
            ),
          ),
        ),
      );
    expect(named([docs])).toEqual(named(sources));
  });
});
