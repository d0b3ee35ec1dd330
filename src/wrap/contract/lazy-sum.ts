/**
 * Sums in Yul that are reduced as rarely as a word allows: five elements below r fit in 256 bits (2^256 / r = 5.29), so
 * a sum is reduced after five terms and then after every four more. `multiple` counts, in units of r, what it is below.
 */
const MAX_MULTIPLE = 5;

/** The sum of terms that are each below r, as an expression below `below` r. A variable r holds the modulus. */
export function lazySum(terms: readonly string[], below: number): string {
  let sum = terms[0]!;
  let multiple = 1;
  for (const term of terms.slice(1)) {
    if (multiple === MAX_MULTIPLE) {
      sum = `mod(${sum}, r)`;
      multiple = 1;
    }
    // Yul evaluates the second argument first: no term waits on the stack
    sum = `add(${term}, ${sum})`;
    multiple++;
  }
  return multiple > below ? `mod(${sum}, r)` : sum;
}
