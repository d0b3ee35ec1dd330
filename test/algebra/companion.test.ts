/** The partial rounds as a recurrence, run on bigints as a contract runs it, against the permutation as the paper has it. */
import { expect, it } from 'vitest';
import { R } from '../../src/algebra/params.ts';
import { type CompanionPoseidon, companionPoseidon } from '../../src/algebra/poseidon/companion.ts';
import { permute } from '../../src/algebra/poseidon/permutation.ts';

const fifth = (x: bigint): bigint => x ** 5n % R;
const mix = (m: readonly (readonly bigint[])[], s: readonly bigint[]): bigint[] =>
  m.map((row) => row.reduce((sum, c, j) => sum + c * s[j]!, 0n) % R);

function permuteCompanion(form: CompanionPoseidon, input: readonly bigint[]): bigint[] {
  const { before, after, mds, entry, exit, partial, feedback, drive } = form;
  const powered = (s: readonly bigint[], constants: readonly bigint[]) => s.map((x, i) => fifth(x + constants[i]!));
  let state = [...input];
  before.forEach((constants, i) => {
    state = mix(i === before.length - 1 ? entry : mds, powered(state, constants));
  });
  for (const constant of partial) {
    const [x, ...e] = state as [bigint, ...bigint[]];
    const s = fifth(x + constant);
    state = [
      (mds[0]![0]! * s + e[0]!) % R,
      ...e.map((_, i) => ((e[i + 1] ?? 0n) + feedback[i]! * e[0]! + drive[i]! * s) % R),
    ];
  }
  state = mix(exit, state);
  for (const constants of after) state = mix(mds, powered(state, constants));
  return state;
}

it.each([3, 4, 5, 9, 17])('width %i: the recurrence gives the plain permutation', (t) => {
  const form = companionPoseidon(t);
  const inputs = Array.from({ length: t }, (_, i) => (R - 1n) / BigInt(i + 1));
  expect(permuteCompanion(form, inputs)).toEqual(permute(t, inputs));
  const other = { ...form, drive: form.drive.map((h, i) => (i === t - 2 ? h + 1n : h)) };
  expect(permuteCompanion(other, inputs)).not.toEqual(permute(t, inputs));
});
