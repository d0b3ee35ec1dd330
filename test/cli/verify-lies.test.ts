/**
 * Run folders whose proof is true and whose words are not: an honest folder, then one lie in it, as whoever publishes it can write
 * it. Neither `fold verify` nor `fold report` may show any of them; of folded proofs and of final ones.
 */
import { cpSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { KEY_FILE } from '../../src/store/run-record.ts';
import { verificationKeyToJson } from '../../src/wrap/proof-json.ts';
import { addFinal } from '../helpers/final-beside.ts';
import { Liar } from '../helpers/liar.ts';
import { smallRun } from '../helpers/small-run.ts';
import { makeKey, simulatedCase } from '../wrap/simulated.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();
const KINDS = ['', '-final'] as const;
const json = (...parts: string[]) => JSON.parse(readFileSync(folder.path(...parts), 'utf8'));

beforeAll(async () => {
  const { args } = smallRun(folder.path, 2);
  const runs = {
    single: ['prove', ...args],
    hidden: ['prove', ...args, '--private', 'input,output'],
  };
  for (const [name, command] of Object.entries(runs)) {
    expect((await fold([...command, '--out', folder.path(name)])).code).toBe(0);
    addFinal(folder.path, `${name}-final`, name);
  }
}, 120_000);

const copy = (from: string): Liar => new Liar(folder.path, from);

const falseOutput = (from: string) => {
  const output = json(from, 'output.json');
  return { ...output, integers: output.integers.map((v: number) => v + 1) };
};

async function refused(liar: Liar, told: string | RegExp): Promise<void> {
  const path = folder.path(liar.name);
  for (const verb of ['verify', 'report']) {
    const { code, err, out } = await fold([verb, path]);
    expect({ verb, code }, err).toEqual({ verb, code: 1 });
    expect(err).toMatch(told);
    expect(out).not.toContain('VERIFIED');
  }
  expect(existsSync(`${path}/report.html`)).toBe(false);
}

describe.each(KINDS)('a single run%s', (kind) => {
  const [single, hidden] = [`single${kind}`, `hidden${kind}`];

  it('is accepted and shown as it is', async () => {
    for (const name of [single, hidden]) {
      const verified = await fold(['verify', folder.path(name)]);
      expect([verified.code, verified.err]).toEqual([0, expect.not.stringContaining('error')]);
      expect((await fold(['report', folder.path(name)])).code).toBe(0);
      rmSync(folder.path(name, 'report.html'));
    }
  });

  const LIES: readonly (readonly [lie: string, make: () => Liar, told: string | RegExp])[] = [
    [
      'an output that is called private and listed as public',
      () =>
        copy(single)
          .write('output.json', falseOutput(single))
          .list('output.json')
          .record((r) => r.private.push('output')),
      "check 'files' failed",
    ],
    [
      'an output that is called private and has no salt',
      () =>
        copy(single)
          .record((r) => r.private.push('output'))
          .write('private/output.json', falseOutput(single))
          .list('private/output.json', 'no')
          .remove('output.json'),
      "check 'output' failed",
    ],
    [
      'a private output without the salt that it was made with',
      () =>
        copy(hidden)
          .edit('private/output.json', (o) => Object.assign(o, { class: 1 }))
          .remove('private/salts.json'),
      /check '(in|out)put' failed/,
    ],
    [
      'a second output beside the public one',
      () => copy(single).write('private/output.json', falseOutput(single)).list('private/output.json', 'no'),
      "check 'files' failed",
    ],
    [
      'an output that run.json does not list',
      () => copy(hidden).write('output.json', { ...json(single, 'output.json') }),
      "check 'files' failed",
    ],
    [
      'an input that is called private and has no salt',
      () =>
        copy(single)
          .edit('private/input.json', (i) =>
            Object.assign(i, {
              input_data: [[1, 1, 1, 1, 1, 1, 1, 1].slice(0, (i.input_data as number[][])[0]!.length)],
            }),
          )
          .record((r) => r.private.push('input')),
      "check 'input' failed",
    ],
    [
      'an input of another shape',
      () => copy(single).edit('private/input.json', (i) => Object.assign(i, { input_shapes: [[7, 7]] })),
      "check 'input' failed",
    ],
    [
      'an output of another shape',
      () =>
        copy(single)
          .edit('output.json', (o) => Object.assign(o, { shape: [7, 7] }))
          .list('output.json'),
      "check 'output' failed",
    ],
    [
      'another class in its sentence',
      () =>
        copy(single).record((r) => {
          r.statement.sentence = String(r.statement.sentence).replace(/its class is \d+/, 'its class is 77');
        }),
      "check 'statement' failed",
    ],
    [
      'a class of a private output in its sentence',
      () =>
        copy(hidden).record((r) => {
          r.statement.sentence = String(r.statement.sentence).replace(/\.$/, '; its class is 1.');
        }),
      "check 'statement' failed",
    ],
    [
      'another sentence',
      () =>
        copy(single).record((r) => Object.assign(r.statement, { sentence: 'The network is the one of the paper.' })),
      "check 'statement' failed",
    ],
    [
      'another number of layers',
      () => copy(single).record((r) => Object.assign(r.model, { layers: 500 })),
      "check 'statement' failed",
    ],
    [
      'other layers per step',
      () => copy(single).record((r) => Object.assign(r.model, { layersPerStep: 9 })),
      "check 'statement' failed",
    ],
    [
      'another size of a file',
      () =>
        copy(single).record((r) => {
          r.files = r.files.map((f) => (f.path === 'folded.cbor' ? { ...f, bytes: 1 } : f));
        }),
      "check 'files' failed",
    ],
  ];
  it.each(LIES)('is refused with %s', async (_, make, told) => refused(make(), told));

  it('is refused without the public output of which it speaks', async () => {
    const { code, err } = await fold(['verify', folder.path(copy(single).remove('output.json').name)]);
    expect([code, err]).toEqual([2, expect.stringContaining('has no output.json')]);
  });

  it('needs nothing of what is private', async () => {
    const shared = copy(hidden);
    rmSync(folder.path(shared.name, 'private'), { recursive: true });
    expect((await fold(['verify', folder.path(shared.name)])).code).toBe(0);
  });
});

it('a run under the development key is not one of a ceremony', async () => {
  const path = folder.path(copy('single').record((r) => Object.assign(r.key, { insecure: false })).name);
  // verify asks for the powers of tau; the report has no proof to show for it, and says so
  expect((await fold(['verify', path])).code).toBe(4);
  expect((await fold(['report', path])).code).toBe(0);
  expect(readFileSync(`${path}/report.html`, 'utf8')).toContain('NOT verified');
});

it('a final proof is not under the development key because run.json says so, nor the other way round', async () => {
  await refused(
    copy('single-final').record((r) => Object.assign(r.key, { insecure: true })),
    "check 'statement' failed",
  );
});

it('a key of the folder that is not the one under which the proof holds is refused', async () => {
  const vk = folder.path(KEY_FILE);
  cpSync(folder.path('single-final', KEY_FILE), vk);
  const other = copy('single-final').edit(KEY_FILE, (key) => {
    Object.assign(key, { vk_alpha_1: verificationKeyToJson(makeKey(simulatedCase(8n).secrets)).vk_alpha_1 });
  });
  const { code, err } = await fold(['verify', folder.path(other.list(KEY_FILE).name), '--vk', vk]);
  expect([code, err]).toEqual([1, expect.stringContaining("check 'key' failed")]);
});
