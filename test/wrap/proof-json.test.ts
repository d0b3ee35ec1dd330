import { describe, expect, it } from 'vitest';
import { Q, R } from '../../src/algebra/params.ts';
import { blockNames, commitmentName, MACHINE_BLOCKS, SLOT_BLOCKS } from '../../src/folding/blocks.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import {
  checkPublicJson,
  groth16FromJson,
  proofFromJson,
  proofToJson,
  publicToJson,
  verificationKeyFromJson,
  verificationKeyOf,
  verificationKeyToJson,
} from '../../src/wrap/proof-json.ts';
import { publicInputs } from '../../src/wrap/signals.ts';
import { verifyFinal } from '../../src/wrap/verify.ts';
import { foldErrorOf } from '../helpers/errors.ts';
import { replaced } from '../helpers/mutate.ts';
import { g2, simulatedCase } from './simulated.ts';

const { vk, statement, proof } = simulatedCase(1n);
const file = () => JSON.parse(JSON.stringify(proofToJson(statement, proof)));
const keyFile = () => JSON.parse(JSON.stringify(verificationKeyToJson(vk)));

describe('proof.json, public.json and verification_key.json', () => {
  it('come back as they were', () => {
    expect(proofFromJson(file())).toEqual({ statement, proof });
    expect(groth16FromJson(file())).toEqual(proof.groth16);
    expect(verificationKeyFromJson(keyFile())).toEqual(vk);
    const { layerfold: _, ...groth16Key } = keyFile();
    expect(verificationKeyOf(groth16Key, vk)).toEqual(vk);
  });

  it('name the commitments by their blocks, in the order of the list', () => {
    for (const blocks of [SLOT_BLOCKS, MACHINE_BLOCKS].map(blockNames)) {
      const { vk: key, ...made } = simulatedCase(2n, blocks);
      const json = JSON.parse(JSON.stringify(proofToJson(made.statement, made.proof)));
      const names = blocks.map(commitmentName);
      expect(Object.keys(json.layerfold).filter((name) => /^cm[A-Z]$/.test(name))).toEqual(names);
      expect(names.map((name) => json.layerfold[name][0])).toEqual(made.proof.opening.cms.map(({ x }) => `${x}`));
      expect(proofFromJson(json)).toEqual({ statement: made.statement, proof: made.proof });
      expect(verificationKeyFromJson(JSON.parse(JSON.stringify(verificationKeyToJson(key))))).toEqual(key);
    }
  });

  it('say insecure of a key that says so, and of one with the public tau that does not', () => {
    for (const key of [
      { ...vk, insecure: true },
      { ...vk, tau: g2(DEVELOPMENT_TAU) },
    ]) {
      const json = verificationKeyToJson(key);
      expect(json).toMatchObject({ insecure: true, name: expect.stringMatching(/INSECURE/) });
      expect(verificationKeyFromJson(JSON.parse(JSON.stringify(json)))).toEqual({ ...key, insecure: true });
    }
  });

  it('have a public part that says what the proof says', () => {
    const own = publicToJson(statement, proof);
    expect(own).toEqual(publicInputs(statement, proof).map(String));
    checkPublicJson(own, statement, proof);
    for (let i = 0; i < own.length; i++) {
      const error = foldErrorOf(() => checkPublicJson(own.with(i, '5'), statement, proof));
      expect(error).toMatchObject({ code: 'E_REJECTED', expected: own[i], got: '5' });
    }
    expect(foldErrorOf(() => checkPublicJson(own.slice(1), statement, proof)).code).toBe('E_FORMAT');
  });

  it('have one spelling of each number and no missing field', () => {
    const cases: [(string | number)[], unknown][] = [
      [['layerfold', 'zeta'], `${R}`],
      [['layerfold', 'zeta'], `0${proof.opening.zeta}`],
      [['layerfold', 'zeta'], ` ${proof.opening.zeta}`],
      [['layerfold', 'g'], '0x5'],
      [['layerfold', 'g'], 5],
      [['layerfold', 'f1'], '-1'],
      [['layerfold', 'f2'], '9'.repeat(10_000)],
      [['layerfold', 'statement', 'root'], undefined],
      [['layerfold', 'version'], 1],
      [['layerfold', 'signalsDigest'], `${R}`],
      [['layerfold', 'signalsDigest'], undefined],
      [['layerfold', 'w1', 2], '2'],
      [['layerfold', 'cmM', 0], `${Q}`],
      [['pi_a'], ['1', '2']],
      [['pi_b', 0], ['1']],
      [
        ['pi_b', 2],
        ['1', '1'],
      ],
      [['pi_c', 2], '0'],
      [['protocol'], 'plonk'],
      [['curve'], 'bls12381'],
    ];
    for (const [path, value] of cases) {
      const error = foldErrorOf(() => proofFromJson(replaced(file(), path, value)));
      expect(error.code, path.join('.')).toBe('E_FORMAT');
      expect(error.got).toContain(path.slice(0, -1).join('.'));
    }
    for (const json of [null, [], 'x', {}]) expect(foldErrorOf(() => proofFromJson(json)).code).toBe('E_FORMAT');
  });

  it('refuse the key of a circuit with other public inputs', () => {
    for (const [path, value] of [
      [['nPublic'], 22],
      [['layerfold', 'version'], 1],
      [['IC'], keyFile().IC.slice(1)],
      [['layerfold'], undefined],
      [['insecure'], 'no'],
    ] as const)
      expect(foldErrorOf(() => verificationKeyFromJson(replaced(keyFile(), path, value))).code).toBe('E_FORMAT');
  });

  it('are read by snarkjs, which accepts what we accept', async () => {
    const { groth16 } = await import('snarkjs');
    const [key, pub, json] = [keyFile(), publicToJson(statement, proof), file()];
    verifyFinal(verificationKeyFromJson(key), statement, proof);
    expect(await groth16.verify(key, pub, json)).toBe(true);
    expect(await groth16.verify(key, pub.with(2, '5'), json)).toBe(false);
  });
});
