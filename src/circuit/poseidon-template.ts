/**
 * The Poseidon permutation of width t as fifth powers of linear forms, worked out once per width.
 *
 * Everything between two S-boxes x -> x^5 is linear, so an S-box input is a linear form over the x^5 variables so far (the
 * state itself in the first round). S-boxes: 8 t + R_P(t); 204 for t = 17. In the fold each is one row and one variable, in the
 * final proof (src/wrap/r1cs) three of both.
 */

import { R } from '../algebra/params.ts';
import { poseidonConstants } from '../algebra/poseidon/constants.ts';

/** A form over local variables: 0 is u, 1..t the input state, t + 1 + k the fifth power of S-box k. */
export interface LocalForm {
  readonly vars: readonly number[];
  readonly coefs: readonly bigint[];
}

export interface PoseidonTemplate {
  readonly width: number;
  /** Input of each S-box in order of execution. */
  readonly sboxes: readonly LocalForm[];
  /** The permuted state. */
  readonly outputs: readonly LocalForm[];
}

const templates = new Map<number, PoseidonTemplate>();

export function poseidonTemplate(t: number): PoseidonTemplate {
  let template = templates.get(t);
  if (!template) {
    template = build(t);
    templates.set(t, template);
  }
  return template;
}

/** Dense local vectors: entry v is the coefficient of local variable v. */
function build(t: number): PoseidonTemplate {
  const { roundsFull, roundsPartial, roundConstants, mds } = poseidonConstants(t);
  const boxes = roundsFull * t + roundsPartial;
  const sboxes: LocalForm[] = [];
  let state = Array.from({ length: t }, (_, i) => unit(1 + i));
  for (let round = 0; round < roundsFull + roundsPartial; round++) {
    const full = round < roundsFull / 2 || round >= roundsFull / 2 + roundsPartial;
    state.forEach((form, i) => {
      form[0] = ((form[0] ?? 0n) + roundConstants[round]![i]!) % R;
    });
    for (let i = 0; i < (full ? t : 1); i++) {
      sboxes.push(sparse(state[i]!));
      state[i] = unit(t + sboxes.length);
    }
    state = mds.map((line) => mix(line, state, t + 1 + boxes));
  }
  return { width: t, sboxes, outputs: state.map(sparse) };
}

function unit(v: number): bigint[] {
  const form: bigint[] = new Array(v + 1).fill(0n);
  form[v] = 1n;
  return form;
}

function mix(line: readonly bigint[], state: readonly bigint[][], length: number): bigint[] {
  const out: bigint[] = new Array(length).fill(0n);
  state.forEach((form, j) => {
    for (let v = 0; v < form.length; v++) if (form[v]) out[v] += line[j]! * form[v]!;
  });
  return out.map((c) => c % R);
}

function sparse(form: readonly bigint[]): LocalForm {
  const vars = form.flatMap((c, v) => (c ? [v] : []));
  return { vars, coefs: vars.map((v) => form[v]!) };
}
