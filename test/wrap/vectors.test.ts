/**
 * Fixed vectors of what binds a statement: pp and D of the toy chain, delta of a simulated proof. A value that changes is a change of
 * the protocol: every key and every commitment to a model is made again then.
 */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { plainSponge } from '../../src/algebra/sponge.ts';
import { hashModel } from '../../src/folding/hashes.ts';
import { buildStepSystem } from '../../src/folding/step-system.ts';
import { mergeChallenge } from '../../src/wrap/final-proof.ts';
import { proveToy, toyKey, toyStep } from '../folding/toy.ts';
import { integersOf, replaced } from '../helpers/mutate.ts';
import { simulatedCase } from './simulated.ts';

const engine = await createEngine();
const hex = (v: bigint): string => v.toString(16);

describe('pp and D', async () => {
  const system = await buildStepSystem(engine, toyStep, toyKey(engine));

  it('of the toy chain are these', async () => {
    const { modelDigest } = await proveToy(engine, system, [12, 345, 6789], 77);
    expect(hex(system.pp)).toMatchInlineSnapshot(`"b6256335449c6ca6f2d6e70dbcb8d40deb3740ef0a8bb492538641a22d35be"`);
    expect(hex(modelDigest)).toMatchInlineSnapshot(`"18f85cc026d27a359436f4e0cca1031b48be46d04f65a321a0f88cb15fd0cdc"`);
  });

  it('are others for another circuit, another plan and another key', async () => {
    const layers: typeof toyStep.build = (shape) => {
      const wires = toyStep.build(shape);
      const [input, output] = [wires.enter.h!, wires.leave.h!];
      shape.row([input, shape.sub(input, output)]);
      return wires;
    };
    const others = [
      await buildStepSystem(engine, { ...toyStep, build: layers }, toyKey(engine)),
      await buildStepSystem(engine, { ...toyStep, description: new TextEncoder().encode('other') }, toyKey(engine)),
      await buildStepSystem(engine, toyStep, toyKey(engine, 5n)),
    ].map(({ pp }) => pp);
    expect(new Set([system.pp, ...others]).size).toBe(4);
  });

  it('D depends on pp, on the steps per network and on the model chain', () => {
    const digests = [
      [1n, 2n, 3n],
      [4n, 2n, 3n],
      [1n, 4n, 3n],
      [1n, 2n, 4n],
    ].map(([pp, steps, m]) => hashModel(plainSponge, pp!, steps!, m!));
    expect(new Set(digests).size).toBe(4);
    expect(hex(digests[0]!)).toMatchInlineSnapshot(
      `"24356f8a0a7bb9f817ea7ce821f72c66528e2da11f5d6157de9852125f311b70"`,
    );
  });
});

describe('delta', () => {
  const { statement, proof } = simulatedCase(1n);

  it('of a simulated proof is this', () => {
    expect(hex(mergeChallenge(statement, proof))).toMatchInlineSnapshot(
      `"78d865b888fb0c2c0a619dc9346f60343aa53f181e34b6c31f86e78a3288830"`,
    );
  });

  it('is another for another statement, whichever element differs, and for every number of the proof', () => {
    const others = [
      ...integersOf(statement).map(({ path, value }) =>
        mergeChallenge(replaced(statement, path, BigInt(value) + 1n), proof),
      ),
      ...integersOf(proof).map(({ path, value }) =>
        mergeChallenge(statement, replaced(proof, path, BigInt(value) + 1n)),
      ),
    ];
    expect(others).toHaveLength(6 + 8 + 12 + 4 + 1);
    expect(new Set([mergeChallenge(statement, proof), ...others]).size).toBe(1 + others.length);
  });
});
