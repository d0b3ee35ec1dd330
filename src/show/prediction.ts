/** A prediction in words: the class and every logit, as real numbers and as the integers that are proven. */
import { argmax, type IntegerResult } from '../ir/run.ts';
import { number, table } from './format.ts';

/** More outputs than this are not listed. */
const LISTED = 16;

export function predictionLines(result: Pick<IntegerResult, 'class' | 'logits' | 'values'>): string[] {
  const { logits, values } = result;
  const head = `predicted class: ${result.class}`;
  // a network with an output that is its class has no place for it
  const place = argmax(logits) === result.class ? result.class : undefined;
  if (logits.length > LISTED)
    return [
      head,
      ...(place === undefined ? [] : [`  with ${number(values[place]!)}, the largest of ${logits.length}`]),
    ];
  const rows = Array.from(logits, (logit, k) => [`  ${k}`, number(values[k]!), String(logit), k === place ? '<' : '']);
  return [head, ...table([['  class', 'logit', 'integer', ''], ...rows])];
}
