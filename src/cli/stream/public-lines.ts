/**
 * What of a run's lines other programs get to see. Progress passes whole: it has digests (salted where something is private)
 * and times, never data. Of facts and results there are the fields named here and no others: logits, classes and the words
 * of errors and warnings, which may quote an activation, stay on the terminal.
 */
import type { LineBody } from '../../show/ndjson.ts';

const STATEMENT = ['parameters', 'modelDigest', 'inputDigest', 'outputDigest', 'steps'] as const;

const FACTS: Readonly<Record<string, readonly string[]>> = {
  resume: ['file', 'step', 'runId'],
  folded: ['folder', 'proofBytes', ...STATEMENT],
  item: ['id', 'status', 'seconds', 'error', 'made', 'waiting', 'folder'],
};
const RESULT: readonly string[] = [
  'verb',
  'folder',
  'again',
  'complete',
  'layers',
  ...STATEMENT,
  'key',
  'insecure',
  'private',
  ...(['proofBytes', 'finalProofBytes', 'calldataBytes', 'items', 'proven', 'failed'] as const),
];

/** The line for other programs; undefined where there is none. */
export function publicLine(body: LineBody): LineBody | undefined {
  if (body.type === 'error') return undefined;
  if (body.type === 'warning') return { type: 'warning', ...pick(body, ['code', 'itemId']) };
  if (body.type === 'result') return { type: 'result', ...pick(body, RESULT) };
  if (body.type !== 'fact') return body;
  const fields = FACTS[String(body.name)];
  return fields && { type: 'fact', name: body.name, ...pick(body, fields) };
}

const pick = (body: LineBody, names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(names.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])));
