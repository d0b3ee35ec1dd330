/** Polynomials in T with integer coefficients, lowest first; [] is zero. */
export type Polynomial = readonly bigint[];

export function plus(a: Polynomial, b: Polynomial): bigint[] {
  const [long, short] = a.length < b.length ? [b, a] : [a, b];
  return long.map((c, k) => c + (short[k] ?? 0n));
}

export function times(a: Polynomial, b: Polynomial): bigint[] {
  if (a.length === 0 || b.length === 0) return [];
  const out = new Array<bigint>(a.length + b.length - 1).fill(0n);
  a.forEach((x, i) => {
    b.forEach((y, j) => {
      out[i + j]! += x * y;
    });
  });
  return out;
}

export function sumOf(terms: Iterable<Polynomial>): bigint[] {
  let sum: bigint[] = [];
  for (const term of terms) sum = plus(sum, term);
  return sum;
}

/** Coefficients replaced by their sizes. */
export function sizesOf(a: Polynomial): bigint[] {
  return a.map((c) => (c < 0n ? -c : c));
}
