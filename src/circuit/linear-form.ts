/**
 * Linear forms <a, z> over the variables of a constraint system, the operands of every row
 * (protocol section 2). Immutable, sorted by variable, without zero coefficients: equal forms are equal arrays.
 *
 * While a circuit is being built its block sizes are unknown, so a variable is a tagged index:
 * block * BLOCK + index inside the block. `compile` maps it to a position in z = (u, x, M, T, P): a block's bits stand before its other entries.
 */

/** Blocks in the order in which they stand in z. */
export const BLOCK_NAMES = ['u', 'x', 'model', 'traceBits', 'traceFields', 'bits', 'fields'] as const;
export type BlockName = (typeof BLOCK_NAMES)[number];

/** Distance between the tags of two blocks: more variables than any block may have. */
export const BLOCK = 2 ** 28;

/** The relaxation scalar u, 1 in a fresh instance: constants are multiples of it. */
export const VAR_U = 0;

export function variable(block: BlockName, index: number): number {
  return BLOCK_NAMES.indexOf(block) * BLOCK + index;
}

export interface LinearForm {
  /** Tagged variables, strictly increasing. */
  readonly vars: readonly number[];
  /** Coefficients in [1, modulus). */
  readonly coefs: readonly bigint[];
}

export const ZERO_FORM: LinearForm = { vars: [], coefs: [] };

export function singleton(v: number): LinearForm {
  return { vars: [v], coefs: [1n] };
}

/** sum scale_k * form_k modulo p. */
export function combine(terms: readonly (readonly [bigint, LinearForm])[], p: bigint): LinearForm {
  if (terms.length === 1) {
    const [k, form] = terms[0]!;
    const scale = ((k % p) + p) % p;
    if (scale === 1n) return form;
    if (scale === 0n) return ZERO_FORM;
    return { vars: form.vars, coefs: form.coefs.map((c) => (c * scale) % p) };
  }
  const sums = new Map<number, bigint>();
  for (const [scale, form] of terms) {
    for (let i = 0; i < form.vars.length; i++) {
      const v = form.vars[i]!;
      sums.set(v, (sums.get(v) ?? 0n) + scale * form.coefs[i]!);
    }
  }
  const vars: number[] = [];
  const coefs: bigint[] = [];
  for (const v of [...sums.keys()].sort((a, b) => a - b)) {
    const c = sums.get(v)! % p;
    if (c === 0n) continue;
    vars.push(v);
    coefs.push(c < 0n ? c + p : c);
  }
  return { vars, coefs };
}

/** The constant k when the form is k u (or empty), else undefined. */
export function constantOf(form: LinearForm): bigint | undefined {
  if (form.vars.length === 0) return 0n;
  return form.vars.length === 1 && form.vars[0] === VAR_U ? form.coefs[0] : undefined;
}
