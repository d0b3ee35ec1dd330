/** Proving and verifying run folders: the whole way, pins, damage of every kind, and what is left behind. */
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Line } from '../../src/show/ndjson.ts';
import { sha256Hex } from '../../src/store/digest.ts';
import { randomChain } from '../helpers/chains.ts';
import { writeOnnx } from '../helpers/onnx.ts';
import { fold, type Json, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
let proved: Outcome;
let own: Outcome;
let ownArgs: readonly string[] = [];

const json = (...path: string[]): never => JSON.parse(readFileSync(folder.path(...path), 'utf8')) as never;

beforeAll(async () => {
  proved = await fold([
    '--layers',
    '9',
    '--layers-per-step',
    '8',
    '--no-wrap',
    '--json',
    '--workers',
    '1',
    '--out',
    folder.path('digits'),
  ]);
  const { graph, input } = randomChain(3, { kind: 'dense', layers: 3 });
  writeFileSync(folder.path('model.onnx'), writeOnnx(graph));
  writeFileSync(folder.path('input.json'), JSON.stringify({ input_data: [[...input.data]] }));
  ownArgs = [
    folder.path('model.onnx'),
    '--input',
    folder.path('input.json'),
    '--insecure-dev',
    '--no-wrap',
    '--workers',
    '1',
  ];
  own = await fold(['prove', ...ownArgs, '--out', folder.path('own')]);
});

describe('prove', () => {
  it('tells every event and the result as documented lines', () => {
    expect(proved.code).toBe(0);
    const said = lines(proved.out);
    for (const line of said) Line.parse(line);
    const types = said.map(({ type }) => type as string);
    expect(new Set(types)).toEqual(
      new Set(['fact', 'stage-start', 'stage-end', 'progress', 'step', 'check', 'result']),
    );
    expect(types.filter((type) => type === 'step')).toHaveLength(1);
    expect(said.at(-1)).toMatchObject({ verb: 'prove', layers: 9, steps: 1, insecure: false, key: 'transparent' });
    const stages = Object.keys(said.at(-1)!.stageSeconds!);
    expect(stages.sort()).toEqual(['circuit', 'commit', 'fold', 'integers', 'verify', 'write']);
  });

  it('writes exactly the documented files, closed where they are secret', () => {
    expect(readdirSync(folder.path('digits')).sort()).toEqual([
      'events.ndjson',
      'folded.cbor',
      'output.json',
      'plan.json',
      'private',
      'run.json',
    ]);
    const mode = (...path: string[]): number => statSync(folder.path('digits', ...path)).mode & 0o777;
    expect([mode('folded.cbor'), mode('private'), mode('private', 'input.json'), mode('run.json')]).toEqual([
      0o600, 0o700, 0o600, 0o644,
    ]);
    expect(json('digits', 'run.json')).toMatchObject({ state: 'complete', model: { name: 'digits512', layers: 9 } });
  });

  it('says what is proven, what it is not, and what to share; a model of ones own stays private', () => {
    expect(own.code).toBe(0);
    expect(own.out).toMatch(/PROVEN AND VERIFIED: \d\/\d layers, model 0x[0-9a-f]{64}, key INSECURE DEV/);
    expect(own.out).toContain('anyone can forge a proof');
    expect(own.out).toContain('neither small nor zero-knowledge');
    expect(own.out).toContain('share: run.json, plan.json, output.json\nkeep:  folded.cbor, private/input.json');
    expect(own.err).toMatch(/^folding: step 1\/\d, /m);
  });

  it('verifies a complete run again instead of proving it again', async () => {
    const before = statSync(folder.path('own', 'folded.cbor')).mtimeMs;
    const { code, out } = await fold(['prove', ...ownArgs, '--out', folder.path('own')]);
    expect({ code, again: out.includes('complete already') }).toEqual({ code: 0, again: true });
    expect(statSync(folder.path('own', 'folded.cbor')).mtimeMs).toBe(before);
  });

  it('does not replace another run, except with --force', async () => {
    cpSync(folder.path('own'), folder.path('taken'), { recursive: true });
    const other = ['prove', ...ownArgs, '--layers-per-step', '1', '--out', folder.path('taken')];
    const refused = await fold(other);
    expect({ code: refused.code, error: refused.err.includes('E_RUN_EXISTS') }).toEqual({ code: 2, error: true });
    const forced = await fold([...other, '--force', '--quiet']);
    expect(forced.code).toBe(0);
    expect(forced.out).toMatch(/^predicted class/);
    expect((await fold(['verify', folder.path('taken'), '--quiet'])).code).toBe(0);
  });

  it('stops before any work with --dry-run', async () => {
    const out = folder.path('dry');
    expect((await fold(['prove', ...ownArgs, '--dry-run', '--out', out])).code).toBe(0);
    expect(existsSync(out)).toBe(false);
  });

  it('leaves no proof behind when it is interrupted', async () => {
    const controller = new AbortController();
    const out = folder.path('interrupted');
    const run = fold(['--layers', '64', '--layers-per-step', '8', '--no-wrap', '--workers', '1', '--out', out], {
      signal: controller.signal,
    });
    while (!existsSync(join(out, 'run.json'))) await new Promise((resolve) => setTimeout(resolve, 20));
    controller.abort();
    const { code, err } = await run;
    expect({ code, told: err.includes('E_ABORTED') }).toEqual({ code: 130, told: true });
    expect(readdirSync(out).filter((name) => name !== 'checkpoints')).toEqual(['private', 'run.json']);
    expect(json('interrupted', 'run.json')).toMatchObject({ state: 'interrupted', files: [] });
    expect((await fold(['verify', out])).err).toContain('not complete');
  });
});

describe('verify', () => {
  const pinnedDigest = (): string => lines(proved.out).at(-1)!.modelDigest!;
  const verify = (name: string, ...more: string[]): Promise<Outcome> => fold(['verify', folder.path(name), ...more]);

  let copies = 0;
  /** A copy of a run with one file changed; with `consistent`, run.json lists the new digest. */
  function damaged(file: string, change: (content: Buffer) => Uint8Array | string, consistent = false): string {
    const name = `damaged-${++copies}`;
    cpSync(folder.path('digits'), folder.path(name), { recursive: true });
    const content = Buffer.from(change(readFileSync(folder.path(name, file))));
    writeFileSync(folder.path(name, file), content);
    if (consistent) {
      const run: { files: { path: string; sha256: string; bytes?: number }[] } = json(name, 'run.json');
      const listed = run.files.find(({ path }) => path === file)!;
      Object.assign(listed, { sha256: sha256Hex(content), ...(listed.bytes && { bytes: content.length }) });
      writeFileSync(folder.path(name, 'run.json'), JSON.stringify(run));
    }
    return name;
  }
  const edit =
    (change: (value: Json & Record<string, never>) => void) =>
    (content: Buffer): string => {
      const value = JSON.parse(content.toString());
      change(value);
      return JSON.stringify(value);
    };

  it('names every check and says that nothing pinned the model', async () => {
    const { code, out } = await verify('digits');
    expect(code).toBe(0);
    expect(out.match(/^ok {2}/gm)).toHaveLength(17);
    expect(out).toContain('VERIFIED, NOT PINNED: 1/1 steps');
    expect(out).toContain('NOT PINNED: the model digest was compared with nothing');
  });

  it('is told, where a final proof is asked for, how to make one of a folded run', async () => {
    const { code, err } = await fold(['gas', folder.path('digits')]);
    expect(code).not.toBe(0);
    expect(err).toContain('has no proof.json');
    expect(err).toContain(`fold wrap ${folder.path('digits')}`);
  });

  it('pins a model by its digest, and by the model itself', async () => {
    const byDigest = await verify('digits', '--model-digest', pinnedDigest());
    const byModel = await verify('digits', '--network', 'digits512', '--layers', '9', '--workers', '1');
    for (const { code, out } of [byDigest, byModel]) {
      expect(code).toBe(0);
      expect(out).toContain('VERIFIED: 1/1');
      expect(out).not.toContain('NOT PINNED');
    }
  });

  it('rejects a proof of another model', async () => {
    const wrong = `0x${'0'.repeat(63)}1`;
    for (const pin of [
      ['--model-digest', wrong],
      ['--network', 'digits512', '--layers', '10', '--workers', '1'],
    ]) {
      const { code, err } = await verify('digits', ...pin);
      expect({ code, told: err.includes('The proof is of another model') }).toEqual({ code: 1, told: true });
    }
    const { code, err } = await verify('digits', '--model', folder.path('model.onnx'));
    expect({ code, told: err.includes('E_REJECTED') }).toEqual({ code: 1, told: true });
  });

  it('fails with --strict for an insecure key or an unpinned model', async () => {
    const insecure = await verify('own', '--strict');
    expect([insecure.code, insecure.err.includes('NOT PINNED and the INSECURE development key')]).toEqual([1, true]);
    const unpinned = await verify('digits', '--strict');
    expect(unpinned.code).toBe(1);
    expect(unpinned.err).toMatch(/got: NOT PINNED$/m);
  });

  it('accepts the transparent key with --strict, and says what it is', async () => {
    const { code, out } = await verify('digits', '--strict', '--model-digest', pinnedDigest());
    expect(code).toBe(0);
    expect(out).toContain('key transparent');
    expect(out).toContain('It is sound, no set-up: nobody knows a relation between the points of its transparent key.');
  });

  it('takes neither key for the other, whatever the folder says', async () => {
    const swapped = (key: object) => edit((run) => Object.assign(run, { key }));
    const { code, err } = await verify(damaged('run.json', swapped({ name: 'INSECURE DEV', insecure: true })));
    expect([code, err.includes("check 'parameters' failed")]).toEqual([1, true]);
    const insecure = await verify('digits', '--insecure-dev');
    expect([insecure.code, insecure.err.includes('made with the transparent key')]).toEqual([4, true]);
  });

  it('is not wrapped under the transparent key', async () => {
    const { code, err } = await fold(['wrap', folder.path('digits')]);
    expect([code, err.includes('E_KEY'), err.includes('transparent')]).toEqual([4, true, true]);
  });

  it('does not miss files that are not shared', async () => {
    cpSync(folder.path('digits'), folder.path('shared'), { recursive: true });
    rmSync(folder.path('shared', 'private'), { recursive: true });
    const { code, out } = await verify('shared');
    expect({ code, told: out.includes('the input is not here') }).toEqual({ code: 0, told: true });
    rmSync(folder.path('shared', 'plan.json'));
    expect((await verify('shared')).err).toContain('has no plan.json');
  });

  it.each([
    ['a byte of the proof', () => damaged('folded.cbor', (b) => b.fill(b[9000]! ^ 1, 9000, 9001)), 'files'],
    [
      'the plan',
      () =>
        damaged(
          'plan.json',
          edit((p) => Object.assign(p.step as object, { signed: true })),
          true,
        ),
      'shape',
    ],
    [
      'the plan outside the circuit',
      () =>
        damaged(
          'plan.json',
          edit((p) => Object.assign(p.step as object, { activationFraction: 8 })),
          true,
        ),
      'parameters',
    ],
    [
      'a logit',
      () =>
        damaged(
          'output.json',
          edit((o) => Object.assign(o.integers as object, { 3: 1 })),
          true,
        ),
      'output',
    ],
    [
      'a logit beyond its range',
      () =>
        damaged(
          'output.json',
          edit((o) => Object.assign(o.integers as object, { 3: 2 ** 40 })),
          true,
        ),
      'output',
    ],
    [
      'a missing logit',
      () =>
        damaged(
          'output.json',
          edit((o) => (o.integers as number[]).pop()),
          true,
        ),
      'output',
    ],
    [
      'the class',
      () =>
        damaged(
          'output.json',
          edit((o) => Object.assign(o, { class: 3 })),
          true,
        ),
      'output',
    ],
    [
      'a float',
      () =>
        damaged(
          'output.json',
          edit((o) => Object.assign(o.values as object, { 0: 1 })),
          true,
        ),
      'output',
    ],
    [
      'the input',
      () =>
        damaged(
          'private/input.json',
          edit((i) => Object.assign(i.input_data[0] as object, { 0: 1 })),
          true,
        ),
      'input',
    ],
    [
      'a longer input',
      () =>
        damaged(
          'private/input.json',
          edit((i) => (i.input_data[0] as number[]).push(...new Array(300).fill(0))),
          true,
        ),
      'input',
    ],
    [
      'the statement',
      () =>
        damaged(
          'run.json',
          edit((r) => Object.assign(r.statement as object, { outputDigest: `0x${'1'.repeat(64)}` })),
        ),
      'statement',
    ],
    [
      'the number of steps',
      () =>
        damaged(
          'run.json',
          edit((r) => Object.assign(r.statement as object, { steps: 2 })),
        ),
      'statement',
    ],
  ])('rejects a folder with a change in %s', async (_what, make, check) => {
    const { code, err, out } = await verify(make());
    expect(err).toMatch(new RegExp(`check '${check}' failed`));
    expect(out).not.toContain('VERIFIED');
    expect(code).toBe(1);
  });

  it.each([
    ['a proof cut short', () => damaged('folded.cbor', (b) => b.subarray(0, 5000), true), 'E_FORMAT'],
    ['a run.json that is no JSON', () => damaged('run.json', () => '{'), 'E_FORMAT'],
    [
      'a path out of the folder',
      () =>
        damaged(
          'run.json',
          edit((r) => Object.assign(r.files[0] as object, { path: '../x' })),
        ),
      'E_FORMAT',
    ],
    [
      'an unknown field',
      () =>
        damaged(
          'run.json',
          edit((r) => Object.assign(r, { trust: 'me' })),
        ),
      'E_FORMAT',
    ],
    ['a plan of nonsense', () => damaged('plan.json', () => '{}', true), 'E_PLAN'],
  ])('refuses %s', async (_what, make, expected) => {
    const { code, err } = await verify(make());
    expect(err).toContain(expected);
    expect(code).toBeGreaterThan(1);
    expect(code).not.toBe(70);
  });

  it('asks for the ceremony key of a run that says it has one', async () => {
    const name = damaged(
      'run.json',
      edit((r) => Object.assign(r.key as object, { insecure: false, name: 'pot17.ptau' })),
    );
    const { code, err } = await verify(name);
    expect({ code, told: err.includes('hint: --ptau FILE') }).toEqual({ code: 4, told: true });
  });
});
