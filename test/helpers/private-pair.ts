/**
 * Two networks of different architecture that have equally many steps on the machine and ports of the same shapes, each proven with
 * everything private: what may be handed on of them is compared by tests.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'vitest';
import { loadModel } from '../../src/api/load.ts';
import { isTensorModel, machineModel, planMachine } from '../../src/api/machine-model.ts';
import { fold } from '../cli/harness.ts';
import { encodeModel, tensorProto, valueInfo } from './onnx.ts';

export const NAMES = ['one', 'other'] as const;
/** What no file may say: names of nodes and operators, and of what they become. */
export const ARCHITECTURE_WORDS = /hidden|MatMul|Relu|linear|maximum/;
const INPUT = Array.from({ length: 16 }, (_, i) => Math.cos(i));

const weights = (name: string, rows: number, columns: number) =>
  tensorProto(name, {
    shape: [rows, columns],
    data: Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(3 * i + rows) / rows),
  });
const node = (opType: string, input: string[], output: string) => ({
  ...{ name: `hidden ${opType}`, opType, input, output: [output], attribute: [] },
});

interface Architecture {
  readonly initializer: ReturnType<typeof weights>[];
  readonly node: ReturnType<typeof node>[];
}
/** From x [1, 16] to y [1, 4]. */
const ARCHITECTURES: readonly Architecture[] = [
  {
    initializer: [weights('a', 16, 40), weights('b', 40, 4)],
    node: [node('MatMul', ['x', 'a'], 'p'), node('Relu', ['p'], 'q'), node('MatMul', ['q', 'b'], 'y')],
  },
  {
    initializer: [weights('a', 16, 16), weights('b', 16, 4), weights('c', 16, 4)],
    node: [
      node('MatMul', ['x', 'a'], 'p'),
      node('Mul', ['p', 'x'], 'q'),
      node('MatMul', ['q', 'b'], 'r'),
      node('MatMul', ['x', 'c'], 's'),
      node('Max', ['r', 's'], 'y'),
    ],
  },
  {
    initializer: [weights('a', 16, 4)],
    node: [node('Relu', ['x'], 'p'), node('MatMul', ['p', 'a'], 'q'), node('Mul', ['q', 'q'], 'y')],
  },
];

async function stepsOf(path: string): Promise<number> {
  const loaded = await loadModel({ path, circuit: 'machine' });
  if (!isTensorModel(loaded)) throw new Error('a chain');
  return machineModel(loaded, planMachine(loaded, [{ shape: [16], data: Float64Array.from(INPUT) }])).steps;
}

export class PrivatePair {
  readonly #path: (...parts: string[]) => string;
  /** What a reader of the streams got. */
  readonly streams: string[] = [];
  steps = 0;

  constructor(path: (...parts: string[]) => string) {
    this.#path = path;
  }

  /** Proves both, with these options beside. */
  async prove(...more: readonly string[]): Promise<void> {
    const steps: number[] = [];
    for (const [k, { initializer, node: nodes }] of ARCHITECTURES.entries()) {
      mkdirSync(this.#path(`${k}`));
      const graph = { name: 'g', input: [valueInfo('x', [1, 16])], output: [valueInfo('y', [1, 4])] };
      const onnx = encodeModel({
        ...{ irVersion: 7, opsetImport: [{ domain: '', version: 13 }] },
        graph: { ...graph, initializer, node: nodes },
      });
      writeFileSync(this.#path(`${k}`, 'model.onnx'), onnx);
      steps.push(await stepsOf(this.#path(`${k}`, 'model.onnx')));
    }
    writeFileSync(this.#path('input.json'), JSON.stringify({ input_data: [INPUT] }));
    const second = steps.findIndex((n, k) => k > 0 && n === steps[0]);
    expect(second, `equally many steps among ${steps}`).toBeGreaterThan(0);
    this.steps = steps[0]!;
    for (const [k, name] of NAMES.entries()) {
      const asked = ['--circuit', 'machine', '--input', this.#path('input.json'), '--private', 'input,output,model'];
      const model = this.#path(`${k === 0 ? 0 : second}`, 'model.onnx');
      const socket = this.#path(`${name}.sock`);
      const run = fold(['prove', model, ...asked, ...more, '--stream', `unix:${socket}`, '--out', this.#path(name)]);
      this.streams.push(await heard(socket, run));
      expect(await run).toMatchObject({ code: 0 });
    }
  }

  /** What may be handed on: all that is listed to be shared, run.json, and what nobody lists. */
  shared(name: string): string[] {
    const { files } = this.json(name, 'run.json') as { files: { path: string; share: string }[] };
    const kept = files.filter(({ share }) => share === 'no').map(({ path }) => path);
    return (readdirSync(this.#path(name), { recursive: true }) as string[])
      .filter((path) => statSync(join(this.#path(name), path)).isFile() && !kept.includes(path))
      .sort();
  }

  text(name: string, file: string): string {
    return readFileSync(this.#path(name, file), 'utf8');
  }

  json(name: string, file: string): unknown {
    return JSON.parse(this.text(name, file));
  }

  /** Paths at which a file of the two says other things. */
  differences(file: string): string[] {
    return differences(this.json(NAMES[0], file), this.json(NAMES[1], file));
  }
}

/** All that a stream says, until the run ends. */
async function heard(socket: string, run: Promise<unknown>): Promise<string> {
  let ended = false;
  const end = run.finally(() => {
    ended = true;
  });
  while (!existsSync(socket) && !ended) await setTimeout(2);
  if (ended) await end;
  return text(connect(socket));
}

/** Paths at which two values are not the same. */
export function differences(a: unknown, b: unknown, at = ''): string[] {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b ? [] : [at];
  const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...keys].flatMap((key) => differences((a as never)[key], (b as never)[key], `${at}/${key}`));
}

/** What is another in every run, or its user's own name. */
const OF_A_RUN = ['time', 'id', 'runId', 'folder'];

/** Lines of JSON without what differs from run to run: numbers, times, names, digests. */
export function timeless(lines: string): string[] {
  const plain = (key: string, value: unknown): unknown =>
    OF_A_RUN.includes(key) ? undefined : typeof value === 'number' ? 0 : value;
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.stringify(JSON.parse(line), plain).replace(/(0x)?[0-9a-f]{64}/g, 'DIGEST'));
}
