/**
 * A queue whose machines fail: workers that are killed, stopped and ended, a server that restarts with and without its memory, a
 * machine with more work than cores. Whatever happens, every item is proven exactly once by the manifest and verifies, and what was
 * begun goes on from a checkpoint, in steps of either circuit. LAYERFOLD_SOAK sets the minutes of the last test (30).
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { STANDARD, VECTOR } from '../../src/machine/shape.ts';
import { randomChain, seeded } from '../helpers/chains.ts';
import { modelBytes } from '../helpers/network.ts';
import { valueInfo, writeOnnx } from '../helpers/onnx.ts';
import { foldProcess } from '../helpers/processes.ts';
import { finishedJobs, type Machines, Running, worker } from '../helpers/queue-machines.ts';
import { describeRedis, RedisServer } from '../helpers/redis.ts';

const LAYERS = 48;
const IDS = ['a', 'b', 'c', 'd'];

/** A network, and how its steps are to be. */
interface Model {
  readonly file: string;
  /** Of a batch. */
  readonly how: readonly string[];
  /** Of a verification. */
  readonly circuit: readonly string[];
}
const SLOTS: Model = { file: 'model.onnx', how: ['--layers-per-step', '1'], circuit: [] };
const MACHINE: Model = { file: 'wide.onnx', how: ['--circuit', 'machine'], circuit: ['--circuit', 'machine'] };
/** Numbers that take twelve steps of the machine, six to come in and six to go out. */
const WIDTH = 6 * STANDARD.io * VECTOR;
/** Seconds: of the test that jobs keep theirs, and of the last one, which strikes as often on a busy machine. */
const LOCK = 12;
const SOAK = Number(process.env.LAYERFOLD_SOAK ?? 30);

describeRedis('a queue whose machines fail', () => {
  const folder = mkdtempSync(join(tmpdir(), 'layerfold-queue-'));
  const path = (...parts: string[]): string => join(folder, ...parts);
  const running: Running[] = [];
  const servers: RedisServer[] = [];
  let runs = 0;
  let values: number[] = [];

  beforeAll(() => {
    const { graph, input } = randomChain(3, { kind: 'dense', layers: LAYERS });
    writeFileSync(path('model.onnx'), writeOnnx(graph));
    const deep = randomChain(3, { kind: 'dense', layers: 2 * LAYERS });
    writeFileSync(path('deep.onnx'), writeOnnx(deep.graph));
    values = [...input.data];
    const nodes = [{ op: 'Relu', in: ['x'], out: ['y'] }];
    writeFileSync(path('wide.onnx'), modelBytes(nodes, { input: [valueInfo('x', [1, WIDTH])] }));
  });
  afterEach(async () => {
    for (const { process } of running) {
      process.kill('SIGCONT');
      process.kill('SIGKILL');
    }
    await Promise.all(running.splice(0).map(({ code }) => code));
    for (const server of servers.splice(0)) await server.stop();
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function machines(persistent = true, lock = 3): Promise<Machines & { readonly server: RedisServer }> {
    const server = await RedisServer.start({ persistent });
    servers.push(server);
    // of its own: what another test proved is not proven again
    return { server, redis: server.url, store: path(`store-${server.port}`), cache: path('cache'), lock };
  }
  const take = (started: Running): Running => {
    running.push(started);
    return started;
  };
  /** A batch of inputs that no other has, unless `set` is told. */
  function batch(
    at: Machines,
    out: string,
    { set = runs++, model = SLOTS }: { set?: number; model?: Model } = {},
  ): Running {
    const random = seeded(set + 1);
    const given = model.file === MACHINE.file ? new Array<number>(WIDTH).fill(1) : values;
    const lines = IDS.map((id) => ({ id, input_data: [given.map((x) => x * (0.5 + random() / 2))] }));
    writeFileSync(path(`inputs-${set}.jsonl`), lines.map((line) => JSON.stringify(line)).join('\n'));
    const words = ['batch', path(model.file), path(`inputs-${set}.jsonl`), '--no-wrap', '--workers', '1', '--json'];
    const fold = [...model.how, '--checkpoint-every', '4', '--out', path(out)];
    return take(new Running([...words, ...fold, '--redis', at.redis, '--store', at.store], at));
  }

  /** The batch ended well: each item once, proven, and a proof that verifies. */
  async function expectWhole(at: Machines, ended: Running, out: string, model = SLOTS): Promise<void> {
    expect(await ended.code, ended.out.slice(-3000)).toBe(0);
    const manifest = readFileSync(path(out, 'manifest.jsonl'), 'utf8').trimEnd().split('\n');
    const items = manifest.map((line) => JSON.parse(line));
    expect(items.map(({ id, status }) => [id, status])).toEqual(IDS.map((id) => [id, 'proven']));
    expect(
      ended.lines
        .filter(({ name }) => name === 'item')
        .map(({ id, made }) => [id, made])
        .sort(),
    ).toEqual(IDS.map((id) => [id, true]));
    for (const id of IDS) {
      const words = ['verify', path(out, 'items', id), '--model', path(model.file), ...model.circuit];
      const verified = await foldProcess(words, { cache: at.cache });
      expect({ id, ...verified }).toMatchObject({ code: 0 });
    }
  }
  /** Steps from which some fold went on. */
  const resumedFrom = (started: Running): number[] => [
    ...new Set(
      started.lines
        .filter(({ type, from }) => type === 'step' && (from as number) > 0)
        .map(({ from }) => from as number),
    ),
  ];

  it.each([
    ['slots', SLOTS],
    ['the tensor machine', MACHINE],
  ])('goes on when one of three workers is killed, in steps of %s', async (_circuit, model) => {
    const at = await machines();
    const three = [worker(at), worker(at), worker(at)].map(take);
    const out = `killed-${model.how[0]}`;
    const submitted = batch(at, out, { model });
    const [victim] = three;
    await victim!.said(/"step":(9|1\d),/);
    victim!.kill();
    await expectWhole(at, submitted, out, model);
    // what the killed one had begun went on elsewhere, not from its beginning
    expect(resumedFrom(submitted).length).toBeGreaterThan(0);
    const jobs = await finishedJobs(at);
    expect(jobs.some(({ stalledCounter }) => stalledCounter > 0)).toBe(true);
  });

  it('goes on when a worker is stopped, and takes nothing twice when it wakes', async () => {
    const at = await machines();
    const [first, second] = [worker(at), worker(at)].map(take);
    const submitted = batch(at, 'stopped');
    await first!.said(/"step":9,/);
    first!.kill('SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 9000));
    first!.kill('SIGCONT');
    await expectWhole(at, submitted, 'stopped');
    expect(resumedFrom(submitted).length).toBeGreaterThan(0);
    for (const one of [first!, second!]) {
      one.kill('SIGTERM');
      expect(await one.code).toBe(0);
    }
  });

  it('hands its job back when a worker is asked to end, and another goes on', async () => {
    const at = await machines(true, 60);
    const first = take(worker(at));
    const submitted = batch(at, 'ended');
    await first.said(/"step":9,/);
    first.kill('SIGTERM');
    const start = performance.now();
    expect({ code: await first.code, out: first.out.slice(-500) }).toMatchObject({ code: 0 });
    expect(performance.now() - start).toBeLessThan(25_000);
    take(worker(at));
    await expectWhole(at, submitted, 'ended');
    expect(resumedFrom(submitted).some((step) => step >= 9)).toBe(true);
    // not lost, but given back: it was no failure and no stall
    for (const { stalledCounter, attemptsMade } of await finishedJobs(at))
      expect([stalledCounter, attemptsMade]).toEqual([0, 1]);
  });

  it('keeps what was begun when it is cancelled', async () => {
    const at = await machines();
    const one = take(worker(at));
    const submitted = batch(at, 'cancelled', { set: 1999 });
    await one.said(/"step":9,/);
    const name = submitted.lines.find((line) => line.name === 'queue')!.batch as string;
    const cancelled = await foldProcess(['jobs', 'cancel', name, '--redis', at.redis], { cache: at.cache });
    expect(cancelled).toMatchObject({ code: 0, out: expect.stringMatching(/4 jobs cancelled/) });
    expect(await submitted.code).toBe(130);
    const again = batch(at, 'cancelled', { set: 1999 });
    await expectWhole(at, again, 'cancelled');
    expect(resumedFrom(again).some((step) => step >= 9)).toBe(true);
  });

  it.each([
    ['with its memory on disk', true],
    ['without any memory', false],
  ])('goes on when the server is killed and starts again %s', async (_how, persistent) => {
    const at = await machines(persistent);
    const two = [worker(at), worker(at)].map(take);
    const out = `restarted-${persistent}`;
    const submitted = batch(at, out);
    await two[0]!.said(/"step":9,/);
    await at.server.kill();
    await new Promise((resolve) => setTimeout(resolve, 2000));
    await at.server.begin();
    await expectWhole(at, submitted, out);
    for (const one of two) {
      one.kill('SIGTERM');
      expect(await one.code).toBe(0);
    }
  });

  /** How often a step was told. */
  const progressOf = ({ out }: Running): number => out.split('"type":"step"').length;

  it('keeps the locks of its jobs on a machine with more work than cores', async () => {
    const at = await machines(true, LOCK);
    const spinning = Array.from({ length: 6 }, (): ChildProcess => spawn(process.execPath, ['-e', 'for (;;);']));
    try {
      take(worker(at, '--concurrency', '2'));
      const model = { ...SLOTS, file: 'deep.onnx' };
      await expectWhole(at, batch(at, 'loaded', { model }), 'loaded', model);
      const jobs = await finishedJobs(at);
      for (const { stalledCounter, attemptsStarted } of jobs) expect([stalledCounter, attemptsStarted]).toEqual([0, 1]);
      // each outlived its first lock
      for (const { finishedOn, processedOn } of jobs) expect(finishedOn! - processedOn!).toBeGreaterThan(1000 * LOCK);
    } finally {
      for (const process of spinning) process.kill('SIGKILL');
    }
  });

  it(`lasts ${SOAK} minutes of kills, stops and restarts`, async () => {
    const at = await machines(true, LOCK);
    const random = seeded(2026);
    const end = performance.now() + SOAK * 60_000;
    let batches = 0;
    const struck = { killed: 0, stopped: 0, ended: 0, restarted: 0 };
    const alive = (): Running[] =>
      running.filter(({ process }) => process.exitCode === null && process.signalCode === null);
    while (performance.now() < end) {
      const out = `soak-${batches}`;
      // in turns: what one circuit keeps of a job is not what the other does
      const model = batches % 2 === 0 ? SLOTS : MACHINE;
      const submitted = batch(at, out, { set: 100 + batches++, model });
      let over = false;
      void submitted.code.then(() => {
        over = true;
      });
      while (!over) {
        while (alive().filter((one) => one !== submitted).length < 2) take(worker(at));
        // a job may lose its worker twenty times: on a machine that gets nowhere between two blows it would
        const before = progressOf(submitted);
        while (!over && progressOf(submitted) === before) await new Promise((resolve) => setTimeout(resolve, 500));
        await new Promise((resolve) => setTimeout(resolve, 4000 + 6000 * random()));
        const workers = alive().filter((one) => one !== submitted);
        const victim = workers[Math.floor(random() * workers.length)];
        const chance = random();
        if (!victim || over || performance.now() > end) continue;
        if (chance < 0.3) {
          victim.kill();
          struck.killed++;
        } else if (chance < 0.5) {
          victim.kill('SIGSTOP');
          setTimeout(() => victim.kill('SIGCONT'), 1000 * (LOCK + 6));
          struck.stopped++;
        } else if (chance < 0.7) {
          victim.kill('SIGTERM');
          struck.ended++;
        } else if (chance < 0.8) {
          await at.server.kill();
          await at.server.begin();
          struck.restarted++;
        }
      }
      await expectWhole(at, submitted, out, model);
      rmSync(path(out), { recursive: true });
    }
    console.info(`soak: ${batches} batches of ${IDS.length}`, struck);
    expect(batches).toBeGreaterThan(0);
  });
});
