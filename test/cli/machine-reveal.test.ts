/** A program that reveals the class: in the folded proof, in a batch's members, and as a part of the model digest. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { addFinal } from '../helpers/final-beside.ts';
import { Liar } from '../helpers/liar.ts';
import { encodeModel, tensorProto, valueInfo } from '../helpers/onnx.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';
import { fold, lines, type Outcome, useFolder } from './harness.ts';

const folder = useFolder();
const input = [[0.5, -0.25, 0.75, 0.125]];
const onnx = encodeModel({
  irVersion: 7,
  opsetImport: [{ domain: '', version: 13 }],
  graph: {
    name: 'scores',
    input: [valueInfo('x', [1, 4])],
    output: [valueInfo('y', [1, 3])],
    initializer: [tensorProto('w', { shape: [4, 3], data: Float64Array.from({ length: 12 }, (_, i) => Math.sin(i)) })],
    node: [{ name: 'scores', opType: 'MatMul', input: ['x', 'w'], output: ['y'], attribute: [] }],
  },
});
const json = (...path: string[]) => JSON.parse(readFileSync(folder.path(...path), 'utf8'));
// biome-ignore lint/suspicious/noExplicitAny: whatever a command tells
const last = ({ out }: Outcome): any => lines(out).at(-1)!;

let model: readonly string[] = [];
let shown: number;

beforeAll(async () => {
  model = [folder.path('model.onnx'), '--circuit', 'machine'];
  writeFileSync(folder.path('model.onnx'), onnx);
  writeFileSync(folder.path('a.json'), JSON.stringify({ input_data: input }));
  writeFileSync(folder.path('b.json'), JSON.stringify({ input_data: input.map((row) => row.map((v) => -v)) }));
  const asked = ['--no-wrap', '--insecure-dev', '--reveal', 'class', '--private', 'output', '--workers', '1'];
  const made = ['prove', ...model, '--input', folder.path('a.json'), ...asked, '--out', folder.path('run')];
  expect((await fold(made)).code).toBe(0);
  shown = last(await fold(['run', ...model, '--input', folder.path('a.json'), '--json'])).class;
}, 300_000);

describe('a program that reveals the class', () => {
  it('says so in its interface, and the class in its sentence', () => {
    expect(json('run', 'plan.json')).toMatchObject({ reveals: 'class', program: { interface: { reveals: 'class' } } });
    expect(json('run', 'run.json')).toMatchObject({
      statement: { sentence: expect.stringContaining(`its class is ${shown}.`) },
    });
  });

  it('shows the class to who verifies, not the output', async () => {
    const copy = folder.path('copy');
    cpSync(folder.path('run'), copy, { recursive: true, filter: (path) => !path.includes('private') });
    const { code, out } = await fold(['verify', copy]);
    expect(code).toBe(0);
    expect(out).toContain(`class ${shown}, revealed by the proof`);
    expect(out).toContain('the output is not here');
    expect(last(await fold(['verify', copy, '--json']))).toMatchObject({ class: shown, revealedClass: shown });
  });

  it('has a model digest of its own, which fold commit tells and a copy of the model gives', async () => {
    const { modelDigest } = json('run', 'run.json').statement;
    const commit = ['commit', ...model, '--insecure-dev', '--json'];
    expect(last(await fold([...commit, '--reveal', 'class'])).modelDigest).toBe(modelDigest);
    expect(last(await fold(commit)).modelDigest).not.toBe(modelDigest);
    const { code, out } = await fold(['verify', folder.path('run'), '--model', ...model]);
    expect(code).toBe(0);
    expect(out).not.toContain('NOT PINNED');
  });

  it.each<[string, string, (liar: Liar) => Liar]>([
    [
      'another class in its sentence',
      'statement',
      (liar) =>
        liar.record(({ statement }) =>
          Object.assign(statement, { sentence: `${statement.sentence}`.replace(/\d\.$/, '9.') }),
        ),
    ],
    [
      'an interface that reveals nothing',
      'interface',
      (liar) =>
        liar
          .edit('plan.json', ({ program }) => {
            (program as { interface: { reveals: string } }).interface.reveals = 'nothing';
          })
          .list('plan.json'),
    ],
  ])('is refused with %s', async (_, check, change) => {
    const { name } = change(new Liar(folder.path, 'run'));
    const { code, err } = await fold(['verify', folder.path(name)]);
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining(`check '${check}' failed`) });
  });

  it('shows the class in a final proof, and no other number as one', async () => {
    const k = BigInt(shown + 1);
    addFinal(folder.path, 'final', 'run', 0n, k);
    const { code, out } = await fold(['verify', folder.path('final')]);
    expect([code, out]).toEqual([0, expect.stringContaining(`class ${shown}, revealed by the proof`)]);
    const told = last(await fold(['verify', folder.path('final'), '--json']));
    expect(told).toMatchObject({ final: true, class: shown, revealedClass: shown });
    const alone = await fold(['verify', folder.path('final', 'proof.json')]);
    expect([alone.code, alone.out]).toEqual([0, expect.stringContaining(`reveals the number ${shown}; what it is`)]);

    for (const [other, check] of [
      [0n, 'interface'],
      [k + 1n, 'output'],
    ] as const) {
      addFinal(folder.path, `final-${other}`, 'run', 0n, other);
      const lied = await fold(['verify', folder.path(`final-${other}`)]);
      expect(lied).toMatchObject({ code: 1, err: expect.stringContaining(`check '${check}' failed`) });
    }
  });

  it('is not made to reveal another thing by its final proof', async () => {
    const { code, err } = await fold(['wrap', folder.path('run'), '--reveal', 'nothing']);
    expect([code, err]).toEqual([2, expect.stringContaining('The program of this run reveals class.')]);
  });

  it('needs a network with a class', async () => {
    const rows = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;
    writeFileSync(folder.path('rows.onnx'), rows.onnx);
    writeFileSync(folder.path('rows.json'), JSON.stringify({ input_data: rows.input }));
    const asked = [
      'prove',
      folder.path('rows.onnx'),
      '--input',
      folder.path('rows.json'),
      '--no-wrap',
      '--reveal',
      'class',
    ];
    const { code, err } = await fold([...asked, '--out', folder.path('none')]);
    expect([code, err]).toEqual([3, expect.stringContaining('no class that could be revealed')]);
  });
});

describe('a batch of it', () => {
  it('shows the class of every item, while outputs are private', async () => {
    const out = folder.path('batch');
    const { code } = await fold([
      ...['batch', ...model, folder.path('a.json'), folder.path('b.json'), '--one-proof'],
      ...['--reveal', 'class', '--private', 'output', '--no-wrap', '--workers', '1', '--out', out],
    ]);
    expect(code).toBe(0);
    const copy = folder.path('members');
    cpSync(out, copy, { recursive: true, filter: (path) => !path.includes('private') });
    const verified = last(await fold(['verify', copy, '--json']));
    expect(verified.members).toHaveLength(2);
    expect(verified.members[0]!.class).toBe(shown);
    const one = await fold(['verify', copy, '--member', 'b']);
    expect([one.code, one.out]).toEqual([
      0,
      expect.stringContaining(`class ${verified.members[1]!.class}, revealed by the proof`),
    ]);
    expect(readFileSync(folder.path('batch', 'results.csv'), 'utf8')).toContain(`,${shown},`);
    expect(readFileSync(folder.path('batch', 'results.csv'), 'utf8')).not.toContain('hidden');
  }, 300_000);
});
