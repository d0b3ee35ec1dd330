/**
 * Mutants of a contract's template, by its statements: every condition that refuses gone, every conjunct and disjunct, every size of an
 * answer that is asked for, every term of a sum of points, every argument of a hash, every bound moved by one.
 */
import { type Edit, mutantsOfEdits, type SourceMutant, shortened } from './edit.ts';

/** Statements that are left out as they stand. */
const STATEMENTS = [
  /if \([^;]*\) (?:return false|revert \w+\(\));/g,
  /require\([^;]*\);/g,
  /\w+ := and\(.*\n/g,
  /_addMul\(acc,[^;]*\);/g,
  /words\[\d\] = [^;]*;/g,
  /\(e\[[^;]*\);/g,
];
/** Where a list of conditions stands; its operands, not nested in brackets, are left out one by one. */
const CONDITIONS = [/if \(([^;]*)\) (?:return false|revert)/g, /return ([^;]*&&[^;]*);/g, /require\(([^;]*)\);/g];
const ARGUMENTS = /abi\.encodePacked\(([^;]*?)\)\)\) %/g;
const BOUND = / (>=|<) /g;

export function templateMutants(file: string, source: string): SourceMutant[] {
  const edits: Edit[] = [];
  const add = (start: number, length: number, text: string, how: string): void => {
    const gone = shortened(source.slice(start, start + length));
    edits.push({ start, end: start + length, text, what: `${functionBefore(source, start)}: ${how} ${gone}` });
  };
  for (const pattern of STATEMENTS) {
    for (const { index, 0: statement } of source.matchAll(pattern)) add(index, statement.length, '', 'without');
  }
  for (const [pattern, separator] of [
    ...CONDITIONS.map((p) => [p, /\s*(?:&&|\|\|)\s*/] as const),
    [ARGUMENTS, /,\s*/] as const,
  ]) {
    for (const { index, 0: all, 1: list } of source.matchAll(pattern)) {
      const from = index + all.indexOf(list!);
      for (const { at, length } of operands(list!, separator)) add(from + at, length, '', 'of a list without');
    }
  }
  for (const { index, 1: bound } of source.matchAll(BOUND)) {
    const line = source.slice(source.lastIndexOf('\n', index), source.indexOf('\n', index));
    // neither a loop's nor a comment's
    if (/for|\/\/\//.test(line)) continue;
    add(index, bound!.length + 2, bound === '<' ? ' <= ' : ' > ', `a bound moved in ${shortened(line)}, not`);
  }
  return mutantsOfEdits(file, source, edits);
}

/** Operands of a list with one separator beside each, so that a list is left that is one shorter. */
function operands(list: string, separator: RegExp): { readonly at: number; readonly length: number }[] {
  const cuts = [...list.matchAll(new RegExp(separator, 'g'))].filter(({ index }) => isOutside(list.slice(0, index)));
  if (cuts.length === 0) return [];
  return [...cuts, undefined].map((cut, k) => {
    const before = cuts[k - 1];
    // the first takes the separator after it, the others the one before
    if (!before) return { at: 0, length: cut!.index + cut![0].length };
    return { at: before.index, length: (cut?.index ?? list.length) - before.index };
  });
}

const isOutside = (text: string): boolean => text.split('(').length === text.split(')').length;

function functionBefore(source: string, at: number): string {
  return (
    [...source.slice(0, at).matchAll(/(?:function (\w+)|(constructor)\()/g)].at(-1)?.slice(1).find(Boolean) ??
    'contract'
  );
}
