/**
 * Networks on the tensor machine over a queue: what `fold batch --redis` leaves of them is what a batch of this machine leaves, one
 * proof each and in one proof, of private data too; a checkpoint of one worker is gone on with by another; and a worker comes to
 * the submitter's network whatever its file needs (a chosen circuit, sizes of dimensions, files of data).
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { STANDARD, VECTOR } from '../../src/machine/shape.ts';
import { fold, lines, type Outcome, useFolder } from '../cli/harness.ts';
import { randomChain } from '../helpers/chains.ts';
import { modelBytes } from '../helpers/network.ts';
import { valueInfo, writeOnnx } from '../helpers/onnx.ts';
import { useWorkers } from '../helpers/queue-workers.ts';
import { describeRedis, RedisServer } from '../helpers/redis.ts';
import { sharedMissing, sharedPath } from '../helpers/shared.ts';
import { SMALL_NETWORKS } from '../helpers/small-networks.ts';

const folder = useFolder();
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
const IDS = ['a', 'b'];
const TWO = SMALL_NETWORKS.find(({ name }) => name === 'two inputs and two outputs')!;

describeRedis('networks on the tensor machine', () => {
  let redis: RedisServer;
  const queue = (): string[] => ['--redis', redis.url, '--store', folder.path('store')];
  const startWorker = useWorkers(queue);

  beforeAll(async () => {
    redis = await RedisServer.start();
    network('two', TWO.onnx, TWO.input);
    // what a step takes in and gives out decides: four steps of input, and four of output
    const count = 4 * STANDARD.io * VECTOR;
    const long = { input: [valueInfo('x', [1, count])] };
    network('long', modelBytes([{ op: 'Relu', in: ['x'], out: ['y'] }], long), [new Array(count).fill(0.5)]);
    writeFileSync(folder.path('batch.key'), '5a'.repeat(32));
  });
  afterAll(() => redis?.stop());

  /** A network's file and two inputs of it. */
  function network(name: string, onnx: Uint8Array, input: readonly (readonly number[])[]): void {
    mkdirSync(folder.path(`${name}-inputs`));
    writeFileSync(folder.path(`${name}.onnx`), onnx);
    for (const [k, id] of IDS.entries()) {
      const scaled = input.map((values) => values.map((x) => x / (k + 1)));
      writeFileSync(folder.path(`${name}-inputs`, `${id}.json`), JSON.stringify({ input_data: scaled }));
    }
  }
  const batch = (name: string, out: string, ...more: string[]): Promise<Outcome> => {
    const words = ['batch', folder.path(`${name}.onnx`), folder.path(`${name}-inputs`), '--no-wrap', '--workers', '1'];
    return fold([...words, '--out', folder.path(out), ...more]);
  };
  const files = (out: string): string[] =>
    readdirSync(folder.path(out), { recursive: true })
      .map(String)
      .filter((file) => !file.endsWith('.lock'))
      .sort();
  const manifest = (out: string) =>
    lines(readFileSync(folder.path(out, 'manifest.jsonl'), 'utf8')).map(({ seconds, ...item }) => item);
  const plan = (...path: string[]): string => readFileSync(folder.path(...path, 'plan.json'), 'utf8');
  const verified = async (path: string, ...more: string[]): Promise<void> => {
    const { code, out, err } = await fold(['verify', folder.path(path), ...more]);
    expect({ code, out, err }).toMatchObject({ code: 0, out: expect.stringMatching(/steps of the tensor machine/) });
  };

  it('leave what one of this machine leaves', async () => {
    expect(await batch('two', 'here')).toMatchObject({ code: 0 });
    startWorker();
    const there = await batch('two', 'there', ...queue());
    expect(there).toMatchObject({ code: 0, out: expect.stringMatching(/^2 of 2 inputs proven/m) });
    expect([files('there'), manifest('there')]).toEqual([files('here'), manifest('here')]);
    for (const id of IDS) {
      expect(plan('there/items', id)).toBe(plan('here/items', id));
      await verified(`there/items/${id}`, '--model', folder.path('two.onnx'));
    }
  });

  it('go into one proof, of which every member verifies', async () => {
    startWorker();
    expect(await batch('two', 'together', '--one-proof', ...queue())).toMatchObject({ code: 0 });
    await verified('together', '--model', folder.path('two.onnx'));
    for (const id of IDS)
      expect(await fold(['verify', folder.path('together'), '--member', id])).toMatchObject({ code: 0 });
  });

  it.each([
    ['one proof each', []],
    ['one proof', ['--one-proof']],
  ])('keep private data closed to Redis and the store, in %s', async (how, one) => {
    const out = `closed-${one.length}`;
    const secret = ['--private', 'input,output,model', '--model-salt', folder.path(`salt-${one.length}`)];
    const key = ['--batch-key', folder.path('batch.key')];
    startWorker(key);
    expect({ how, ...(await batch('two', out, ...one, ...queue(), ...secret, ...key)) }).toMatchObject({ code: 0 });
    await verified(one.length > 0 ? out : `${out}/items/a`);
    // an input's first number and its name, and the network's operators
    const words = [String(TWO.input[0]![1]), 'ReduceSum', '5a'.repeat(32)];
    const seen = [await redis.dump()];
    for (const entry of readdirSync(folder.path('store/objects'), { recursive: true, withFileTypes: true }))
      if (entry.isFile()) seen.push(readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
    const sealed = seen.filter((text) => text.startsWith('layerfold/sealed/1'));
    expect(sealed.length).toBeGreaterThanOrEqual(5);
    for (const text of [seen[0]!, ...sealed]) for (const word of words) expect(text.includes(word)).toBe(false);
  });

  it.each([
    ['an item', []],
    ['a chain of items', ['--one-proof']],
  ])('are gone on with by another worker, in the middle of %s', async (_what, one) => {
    const out = `moved-${one.length}`;
    const running = batch('long', out, ...one, '--checkpoint-every', '1', ...queue(), '--json');
    // ends after the second step, of an item or of the second one, with several to go
    let begun = 0;
    const first = startWorker(['--json'], {
      heard: (text) => {
        for (const [, step, steps] of text.matchAll(/"step":(\d+),"steps":(\d+)/g)) {
          if (begun > 0 || Number(step) !== (one.length > 0 ? Number(steps) / 2 : 0) + 2) continue;
          expect(Number(steps)).toBeGreaterThanOrEqual(Number(step) + 4);
          begun = Number(step);
          first.stop.abort();
        }
      },
    });
    expect(await first.ended).toMatchObject({ code: 0 });
    startWorker();
    const ended = await running;
    expect({ code: ended.code, end: ended.out.slice(-800) }).toMatchObject({ code: 0 });
    const from = lines(ended.out).flatMap((line) => ((line.type as string) === 'step' ? [Number(line.from)] : []));
    expect(from).toContain(begun);
    await verified(one.length > 0 ? out : `${out}/items/a`, '--model', folder.path('long.onnx'));
  });

  it('may be a chain of layers for which the machine was chosen', async () => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: 3 });
    network('chain', writeOnnx(graph), [[...input.data]]);
    startWorker();
    expect(await batch('chain', 'chosen', '--circuit', 'machine', ...queue())).toMatchObject({ code: 0 });
    await verified('chosen/items/a', '--model', folder.path('chain.onnx'), '--circuit', 'machine');
  });

  it('may need sizes of dimensions, and files of data beside the model', async () => {
    const entry = (key: string, value: string): object => ({ key, value });
    const externalData = [entry('location', 'weights.bin'), entry('offset', '0'), entry('length', '48')];
    const weights = { name: 'w', dims: [4, 3], dataType: 1, dataLocation: 1, externalData };
    const onnx = modelBytes([{ op: 'MatMul', in: ['x', 'w'], out: ['y'] }], {
      input: [valueInfo('x', ['rows', 4])],
      initializer: [weights],
    });
    network('beside', onnx, [[1, 2, 3, 4, 5, 6, 7, 8]]);
    writeFileSync(
      folder.path('weights.bin'),
      Float32Array.from({ length: 12 }, (_, i) => Math.sin(i)),
    );
    startWorker();
    expect(await batch('beside', 'sized', '--dim', 'rows=2', ...queue())).toMatchObject({ code: 0 });
    await verified('sized/items/a', '--model', folder.path('beside.onnx'), '--dim', 'rows=2');
  });

  describe.skipIf(sharedMissing('conformance', 'networks', '2l_relu_sigmoid_small'))('of another tool', () => {
    it('are proven by a worker', async () => {
      const [onnx, input] = ['model.onnx', 'input.json'].map((file) =>
        readFileSync(sharedPath('conformance', 'networks', '2l_relu_sigmoid_small', file)),
      );
      network('other', onnx!, JSON.parse(input!.toString()).input_data);
      startWorker();
      expect(await batch('other', 'conformance', ...queue())).toMatchObject({ code: 0 });
      for (const id of IDS) await verified(`conformance/items/${id}`, '--model', folder.path('other.onnx'));
    });
  });
});
