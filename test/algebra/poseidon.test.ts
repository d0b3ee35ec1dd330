/** Constants against poseidon-lite and published vectors; the factored partial rounds against the plain ones. */
import * as lite from 'poseidon-lite';
import { describe, expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { partialRounds, poseidonConstants } from '../../src/algebra/poseidon/constants.ts';
import { permute, permuteTraced, type TracedPermutation } from '../../src/algebra/poseidon/permutation.ts';
import { type SparsePoseidon, sparsePoseidon } from '../../src/algebra/poseidon/sparse.ts';
import { FoldError } from '../../src/errors.ts';

const WIDTHS = Array.from({ length: 16 }, (_, i) => i + 2);
type LiteHash = (inputs: bigint[], outputs: number) => bigint[];
const liteHash = (t: number) => (lite as unknown as Record<string, LiteHash>)[`poseidon${t - 1}`]!;

describe('Poseidon constants', () => {
  it.each(WIDTHS)('width %i: the whole permuted state is that of poseidon-lite', (t) => {
    const inputs = Array.from({ length: t - 1 }, (_, i) => (R - 1n) / BigInt(i + 1));
    expect(permute(t, [0n, ...inputs])).toEqual(liteHash(t)(inputs, t));
  });

  it("agrees with circomlib's published vectors", () => {
    expect(permute(3, [0n, 1n, 2n])[0]).toBe(
      7853200120776062878684798364095072458815029376092732009249414926327459813530n,
    );
    expect(permute(5, [0n, 1n, 2n, 3n, 4n])[0]).toBe(
      18821383157269793795438455681495246036402687001665670618754263018637548127333n,
    );
  });

  it('has a constant per round and element and refuses other widths', () => {
    const { roundConstants, mds } = poseidonConstants(17);
    expect(roundConstants.map((row) => row.length)).toEqual(new Array(76).fill(17));
    expect(new Set(mds.flat()).size).toBe(17 * 17);
    expect(poseidonConstants(17)).toBe(poseidonConstants(17));
    for (const t of [1, 18, 2.5]) expect(() => poseidonConstants(t)).toThrow(FoldError);
    expect(() => permute(3, [1n, 2n])).toThrow(FoldError);
  });
});

/** The factored form run on bigints, as the kernel runs it. */
function permuteSparse(sparse: SparsePoseidon, input: readonly bigint[]): TracedPermutation {
  const powers: TracedPermutation['powers'] = [[], [], []];
  const fifth = (x: bigint) => {
    [2n, 4n, 5n].forEach((exponent, k) => {
      powers[k]!.push(x ** exponent % R);
    });
    return x ** 5n % R;
  };
  const mix = (m: SparsePoseidon['mds'], s: bigint[]) =>
    m.map((row) => row.reduce((sum, c, j) => sum + c * s[j]!, 0n) % R);
  const full = (constants: readonly bigint[], m: SparsePoseidon['mds'], s: bigint[]) =>
    mix(
      m,
      s.map((x, i) => fifth((x + constants[i]!) % R)),
    );
  let state = [...input];
  sparse.before.forEach((constants, i) => {
    state = full(constants, i === sparse.before.length - 1 ? sparse.bridge : sparse.mds, state);
  });
  for (const { constant, row, column } of sparse.rounds) {
    const head = fifth((state[0]! + constant) % R);
    const tail = state.slice(1);
    const first = row.reduce((sum, c, j) => sum + c * tail[j]!, sparse.mds[0]![0]! * head) % R;
    state = [first, ...tail.map((x, i) => (x + column[i]! * head) % R)];
  }
  for (const constants of sparse.after) state = full(constants, sparse.mds, state);
  return { state, powers };
}

describe('sparse partial rounds', () => {
  it.each(WIDTHS)('width %i: same state and same trace as the plain permutation', (t) => {
    const input = Array.from({ length: t }, (_, i) => R - 1n - BigInt(i * i));
    const plain = permuteTraced(t, input);
    expect(permuteSparse(sparsePoseidon(t), input)).toEqual(plain);
    expect(plain.powers.map((list) => list.length)).toEqual(new Array(3).fill(8 * t + partialRounds(t)));
  });

  it('differs when one constant is changed', () => {
    const sparse = sparsePoseidon(3);
    const rounds = sparse.rounds.map((r, i) => (i === 30 ? { ...r, constant: r.constant + 1n } : r));
    expect(permuteSparse({ ...sparse, rounds }, [1n, 2n, 3n])).not.toEqual(permuteTraced(3, [1n, 2n, 3n]));
  });
});
