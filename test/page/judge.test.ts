/** What the page says: the words of `fold verify`, and when it calls what pinned. */
import { cpSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyToJson, parseProof } from '../../src/api/final-json.ts';
import { DEVELOPMENT_TAU } from '../../src/folding/commitment-key.ts';
import { type Given, type GivenFile, judge, kindOfFile } from '../../src/page/judge.ts';
import { KEY_FILE } from '../../src/store/run-record.ts';
import { proofToJson } from '../../src/wrap/proof-json.ts';
import { fold, useFolder } from '../cli/harness.ts';
import { replaced } from '../helpers/mutate.ts';
import { makeKey, simulate, simulatedCase, stream } from '../wrap/simulated.ts';
import { type FinalRun, finalRun } from './final-run.ts';

const folder = useFolder();
let run: FinalRun;
let honest: Given;

const file = (name: string, content: unknown): GivenFile => {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  return { name, bytes: new TextEncoder().encode(text) };
};
const changed = (text: string, at: readonly (string | number)[], value: unknown): unknown =>
  replaced(JSON.parse(text), at, value);

beforeAll(async () => {
  run = await finalRun(folder.path);
  honest = {
    ...{ proof: file('proof.json', run.proof), key: file('key.json', run.key) },
    ...{ keyTrusted: true, modelDigest: run.modelDigest },
  };
});

describe('a proof that holds', () => {
  it('is told in the words of the command line, check by check', async () => {
    const verdict = judge(honest)!;
    expect(verdict.standing).toBe('strict');
    const trusted = folder.path('trusted.json');
    cpSync(folder.path('run', KEY_FILE), trusted);
    const args = ['--vk', trusted, '--model-digest', run.modelDigest, '--strict'];
    const { code, out } = await fold(['verify', folder.path('run', 'proof.json'), ...args]);
    expect(code).toBe(0);
    const lines = out.trimEnd().split('\n');
    expect(lines).toContain(verdict.headline);
    for (const line of verdict.lines) expect(lines).toContain(line);
    const checks = verdict.checks.map(([name, words]) => `ok  ${name.padEnd(21)} ${words}`);
    expect(checks.length).toBe(5);
    for (const line of checks) expect(lines).toContain(line);
  });

  it('says what nobody pinned', () => {
    for (const [given, missing] of [
      [{ keyTrusted: false }, 'the key was'],
      [{ modelDigest: ' ' }, 'the model was'],
      [{ keyTrusted: false, modelDigest: '' }, 'the key and the model were'],
    ] as const) {
      const { standing, headline, lines } = judge({ ...honest, ...given })!;
      expect([standing, headline]).toEqual([
        'verified',
        expect.stringMatching(/^VERIFIED, NOT PINNED: 1 steps, model 0x/),
      ]);
      expect(lines).toContainEqual(expect.stringContaining(`NOT PINNED: ${missing}`));
    }
  });

  it('is compared with the input and the output that are given', () => {
    const given = { ...honest, input: file('mine.json', run.input), output: file('output.json', run.output) };
    const { standing, lines, sentence } = judge(given)!;
    expect(standing).toBe('strict');
    expect(sentence).toBe(JSON.parse(readFileSync(folder.path('run', 'run.json'), 'utf8')).statement.sentence);
    expect(lines.filter((line) => line.includes('PINNED'))).toHaveLength(2);
    expect(lines.join('\n')).not.toContain('is not here');
    const otherInput = file('mine.json', changed(run.input, ['input_data', 0, 0], 0.25));
    expect(judge({ ...given, input: otherInput })).toMatchObject({
      standing: 'rejected',
      headline: 'REJECTED: The proof is of another input.',
    });
    const otherOutput = file('output.json', changed(run.output, ['integers', 0], 1));
    expect(judge({ ...given, output: otherOutput })!.standing).toBe('rejected');
    const salts = file('salts.json', {
      ...{ format: 'layerfold/salts', version: 1 },
      ...{ input: `0x${'1'.padStart(64, '0')}`, output: `0x${'0'.repeat(64)}` },
    });
    expect(judge({ ...given, salts })!.standing).toBe('rejected');
  });

  it('reveals the class of the output that is given', () => {
    const { secrets } = simulatedCase(4n);
    const { statement } = parseProof(run.proof);
    const { class: predicted } = JSON.parse(run.output);
    for (const [shown, standing] of [
      [predicted, 'strict'],
      [predicted + 1, 'rejected'],
    ] as const) {
      const told = { ...statement, revealed: BigInt(shown + 1) };
      const proof = file('p', proofToJson(told, simulate(secrets, told, stream(11n))));
      expect(judge({ ...honest, proof })!.lines).toContain(`class ${shown}, revealed by the proof`);
      expect(judge({ ...honest, proof, output: file('o', run.output) })!.standing).toBe(standing);
    }
  });

  it('is never strict under a development key, though it is pinned', () => {
    const { secrets, statement } = simulatedCase(9n);
    const known = { ...secrets, tau: DEVELOPMENT_TAU };
    const { layerfold } = JSON.parse(run.key);
    const key = keyToJson({ vk: makeKey(known), step: layerfold.step });
    const proof = proofToJson(statement, simulate(known, statement, stream(3n)));
    const modelDigest = `0x${statement.modelDigest.toString(16).padStart(64, '0')}`;
    const verdict = judge({ proof: file('p', proof), key: file('k', key), keyTrusted: true, modelDigest })!;
    expect(verdict.standing).toBe('verified');
    expect(verdict.headline).toContain('key INSECURE DEV');
    expect(verdict.lines.join('\n')).toContain('anyone can forge a proof');
  });

  it('of a batch says so, and takes no input for one of its own', () => {
    const { secrets, statement, vk } = simulatedCase(9n);
    const { layerfold } = JSON.parse(run.key);
    const batch = { ...statement, revealed: 0n, root: 5n };
    const given: Given = {
      proof: file('p', proofToJson(batch, simulate(secrets, batch, stream(3n)))),
      key: file('k', keyToJson({ vk, step: layerfold.step })),
      ...{ keyTrusted: true, modelDigest: '' },
    };
    expect(judge(given)!.lines[0]).toContain('a batch with root 0x');
    expect(judge({ ...given, input: file('i', run.input) })).toMatchObject({ standing: 'unusable' });
  });
});

describe('what does not hold', () => {
  it('is rejected: every number of the proof', () => {
    const json = JSON.parse(run.proof);
    const at = [
      ...Object.keys(json.layerfold.statement).map((name) => ['layerfold', 'statement', name]),
      ...['zeta', 'g', 'f1', 'f2', 'signalsDigest'].map((name) => ['layerfold', name]),
    ];
    for (const path of at) {
      const value = path.reduce((inner, name) => inner[name], json) as string;
      const { standing, headline, facts } = judge({
        ...honest,
        proof: file('p', changed(run.proof, path, `${BigInt(value) + 1n}`)),
      })!;
      expect({ path, standing }).toEqual({ path, standing: 'rejected' });
      expect(headline).toMatch(/^REJECTED: /);
      // what was not proven is not shown as if it were
      expect(facts).toEqual([]);
    }
  });

  it('is rejected: another model', () => {
    const modelDigest = `0x${'1'.padStart(64, '0')}`;
    expect(judge({ ...honest, modelDigest })).toMatchObject({
      standing: 'rejected',
      headline: 'REJECTED: The proof is of another model.',
      facts: [],
    });
  });

  it('is not verified: a digest that is none, a broken file, a key under which everyone forges', () => {
    const key = JSON.parse(run.key);
    for (const given of [
      { modelDigest: '0x12' },
      { proof: file('p', '{') },
      { proof: file('p', run.key) },
      { key: file('k', { ...key, vk_delta_2: key.vk_gamma_2 }) },
    ])
      expect(judge({ ...honest, ...given })).toMatchObject({
        standing: 'unusable',
        headline: expect.stringMatching(/^NOT VERIFIED: /),
      });
  });

  it('does not let a name of a file write on the page', () => {
    const { headline } = judge({
      ...honest,
      proof: { ...honest.proof!, name: 'a\u202eb\n', bytes: new Uint8Array() },
    })!;
    expect(headline).toContain('a\\u{202e}b\\u{a}');
  });
});

it('there is no verdict without proof or key', () => {
  expect(judge({ ...honest, proof: undefined })).toBeUndefined();
  expect(judge({ ...honest, key: undefined })).toBeUndefined();
});

it('files are told by what is in them', () => {
  const kinds = [run.proof, run.key, run.input, run.output, '[[0.5, 1]]', '["1"]', '{}', 'no'].map(
    (text) => kindOfFile(file('x', text)).kind,
  );
  expect(kinds).toEqual(['proof', 'key', 'input', 'output', 'input', 'other', 'other', 'other']);
});
