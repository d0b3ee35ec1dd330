/** What threads share of a wrap is what one thread makes: commitments, s, and the rounds of the sum-checks of chain and rows. */
import { afterAll, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { Q } from '../../src/algebra/params.ts';
import { nativeSponge, Transcript } from '../../src/algebra/sponge.ts';
import { atOnce, inTurns } from '../../src/turns.ts';
import { buildAuxiliary } from '../../src/wrap/auxiliary/chain.ts';
import { auxiliaryLayout } from '../../src/wrap/auxiliary/layout.ts';
import { proveAuxiliary, scalarsOf } from '../../src/wrap/auxiliary/prove.ts';
import { commitHere } from '../../src/wrap/opening/commit.ts';
import { correlation } from '../../src/wrap/opening/tensor.ts';
import { proveSpartan } from '../../src/wrap/spartan/prove.ts';
import { workInThreads } from '../../src/wrap/work.ts';
import { toyKey } from '../folding/toy.ts';
import { foldErrorOfAsync } from '../helpers/errors.ts';
import { TOY_SCALARS, toy, toyRun } from './auxiliary/toy.ts';
import { foldedInstance } from './folded.ts';

const engine = await createEngine();
const { log } = auxiliaryLayout(TOY_SCALARS);
const key = await toyKey(engine, 123456789n).load(2 ** log);
const { instance, opening } = toyRun((3n << 161n) + 5n, [Q - 1n, 2n], [Q - 7n, 1n << 253n, 0n]);
const vector = atOnce(buildAuxiliary(engine, toy.generators, scalarsOf(opening), 7n));
// three, so that ranges are of different lengths
const threads = workInThreads(engine, key, { workers: 3, shortRound: 1 });
afterAll(() => threads.close());

it('commits to the same point', async () => {
  expect(await threads.commit(vector)).toEqual(await commitHere(engine, key)(vector));
});

it('gives the same s', async () => {
  const point = Array.from({ length: log }, (_, j) => BigInt(3 + j) ** 90n);
  const [shared, alone] = [await threads.correlate(vector, point), atOnce(correlation(engine, vector, point))];
  expect(engine.fr.decode(shared)).toEqual(engine.fr.decode(alone));
});

const prove = (used = vector, chain?: typeof threads.chain) =>
  proveAuxiliary(
    engine,
    new Transcript(nativeSponge(engine), 'test'),
    toy,
    instance,
    opening,
    used,
    { x: 1n, y: 2n },
    chain,
  );

it('proves the chain by the same rounds, and leaves Aux as it was', async () => {
  const before = vector.slice();
  const shared = await inTurns(prove(vector, threads.chain));
  expect(shared.proof).toEqual(atOnce(prove()).proof);
  expect(shared.joined.claims).toEqual(atOnce(prove()).joined.claims);
  expect(vector).toEqual(before);
});

it('proves no chain that is none', async () => {
  const other = vector.slice();
  other.set(engine.fr.encode([3n]), 5 * 32);
  const error = await foldErrorOfAsync(() => inTurns(prove(other, threads.chain)));
  expect(error.code).toBe('E_BUG');
});

it.each([
  { model: 5, bits: 20, rows: 30, boxes: 12, seed: 1 },
  { model: 2, bits: 20, rows: 4, boxes: 3, seed: 11 },
  { model: 9, bits: 64, rows: 3, boxes: 0, seed: 4 },
])('proves the rows by the same rounds: %o', async (sizes) => {
  const { system, claim, witness } = foldedInstance(engine, sizes);
  const run = (rows?: typeof threads.rows) =>
    proveSpartan(engine, new Transcript(nativeSponge(engine), 'test'), system, claim, witness, [], rows);
  expect((await inTurns(run(threads.rows))).proof).toEqual(atOnce(run()).proof);
});
