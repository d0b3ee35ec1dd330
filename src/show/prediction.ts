/** A prediction in words: the class and every logit, as real numbers and as the integers that are proven. */
import type { IntegerResult } from '../ir/run.ts';
import { number, table } from './format.ts';

/** More outputs than this are not listed. */
const LISTED = 16;

export function predictionLines(result: Pick<IntegerResult, 'class' | 'logits' | 'values'>): string[] {
  const { logits, values } = result;
  const head = `predicted class: ${result.class}`;
  if (logits.length > LISTED) return [head, `  with ${number(values[result.class]!)}, the largest of ${logits.length}`];
  const rows = Array.from(logits, (logit, k) => [
    `  ${k}`,
    number(values[k]!),
    String(logit),
    k === result.class ? '<' : '',
  ]);
  return [head, ...table([['  class', 'logit', 'integer', ''], ...rows])];
}
