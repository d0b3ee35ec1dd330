/** Runs that are followed while they go on: a reader of each kind, one that comes again, a private run, a batch. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseStream } from '../../../src/runs/option-values.ts';
import { Line } from '../../../src/show/ndjson.ts';
import { sha256Hex } from '../../../src/store/digest.ts';
import { foldErrorOf } from '../../helpers/errors.ts';
import { smallRun } from '../../helpers/small-run.ts';
import { parseFrames, type SseFrame } from '../../helpers/sse.ts';
import { fold, type Outcome, useFolder } from '../harness.ts';

const folder = useFolder();
const STEPS = 7;
let args: readonly string[] = [];
let input: readonly number[] = [];

beforeAll(() => {
  ({ args, input } = smallRun(folder.path, STEPS));
});

const tokens = (): string => folder.path('cache', 'stream');
const prove = (name: string, ...more: string[]): Promise<Outcome> =>
  fold(['prove', ...args, '--checkpoint-every', '1', '--keep', '100', ...more, '--out', folder.path(name)]);

const tokenIn = (header: string): string => /^Authorization: Bearer ([\w-]{43})\n$/.exec(header)![1]!;

/** Port and token of the run that has just begun, from the file that only its user can read. */
async function streaming(): Promise<{ readonly port: number; readonly token: string }> {
  for (;;) {
    const [name] = (existsSync(tokens()) ? readdirSync(tokens()) : []).filter((entry) => entry.endsWith('.header'));
    if (name === undefined) await setTimeout(2);
    else return { port: Number.parseInt(name, 10), token: tokenIn(readFileSync(`${tokens()}/${name}`, 'utf8')) };
  }
}

function listen({ port, token }: { readonly port: number; readonly token: string }, lastId?: string) {
  const headers = { authorization: `Bearer ${token}`, ...(lastId === undefined ? {} : { 'last-event-id': lastId }) };
  return new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/events', headers }, resolve).on('error', reject);
  });
}

/** Frames of a reader that hangs up after so many checkpoints. */
async function someFrames(response: IncomingMessage, checkpoints: number): Promise<SseFrame[]> {
  let read = '';
  for await (const chunk of response.setEncoding('utf8')) {
    read += chunk;
    const frames = parseFrames(read);
    if (frames.filter(({ event }) => event === 'checkpoint').length >= checkpoints) return frames;
  }
  throw new Error('the stream ended early');
}

const linesOf = (frames: readonly SseFrame[]) => frames.map(({ data }) => Line.parse(JSON.parse(data)));

describe('a run with --stream', () => {
  it('is followed by a reader that hangs up, comes again and misses nothing, beside one that never reads', async () => {
    const run = prove('sse', '--stream', '0');
    const at = await streaming();
    expect(statSync(tokens()).mode & 0o777).toBe(0o700);
    expect(statSync(`${tokens()}/${at.port}.header`).mode & 0o777).toBe(0o600);
    const deaf = connect(at.port, '127.0.0.1').pause();
    deaf.write(`GET /events HTTP/1.1\r\nHost: localhost:${at.port}\r\nAuthorization: Bearer ${at.token}\r\n\r\n`);
    const first = await someFrames(await listen(at), 2);
    const rest = parseFrames(await text(await listen(at, first.at(-1)!.id)));
    deaf.destroy();
    expect((await run).code).toBe(0);
    expect(readdirSync(tokens())).toEqual([]);

    const frames = [...first, ...rest];
    expect(new Set(frames.map(({ id }) => id)).size).toBe(frames.length);
    const lines = linesOf(frames);
    expect(lines.map(({ type }) => type)).toEqual(frames.map(({ event }) => event));
    expect(lines.filter((line) => line.type === 'step').map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    const checkpoints = lines.filter((line) => line.type === 'checkpoint');
    expect(checkpoints.map(({ seq, step }) => [seq, step])).toEqual([1, 2, 3, 4, 5, 6, 7].map((k) => [k, k]));
    checkpoints.forEach(({ file, sha256, previousSha256 }, k) => {
      expect(sha256Hex(readFileSync(folder.path('sse', file)))).toBe(sha256);
      expect(previousSha256).toBe(checkpoints[k - 1]?.sha256 ?? null);
    });
    expect(lines.slice(-2)).toMatchObject([
      { type: 'result', verb: 'prove', steps: STEPS, modelDigest: checkpoints[0]!.modelDigest },
      { type: 'end', exitCode: 0, code: null },
    ]);
    expect(frames.map(({ data }) => data).join()).not.toMatch(/logits|"class"|"values"/);
  });

  it('says how it ended when it fails, and lets go of the port', async () => {
    writeFileSync(folder.path('other.json'), JSON.stringify({ input_data: [input.map((x) => x / 2)] }));
    const run = prove('sse', '--stream', `unix:${folder.path('e.sock')}`, '--input', folder.path('other.json'));
    while (!existsSync(folder.path('e.sock'))) await setTimeout(1);
    const lines = (await text(connect(folder.path('e.sock')))).trimEnd().split('\n');
    expect((await run).code).toBe(2);
    expect(Line.parse(JSON.parse(lines.at(-1)!))).toMatchObject({ type: 'end', exitCode: 2, code: 'E_RUN_EXISTS' });
    expect(existsSync(folder.path('e.sock'))).toBe(false);
  });

  it('that is private tells salted digests only', async () => {
    const streamed = async (name: string): Promise<string> => {
      const socket = folder.path(`${name}.sock`);
      const run = prove(name, '--private', 'input,output,model', '--stream', `unix:${socket}`);
      while (!existsSync(socket)) await setTimeout(1);
      const lines = await text(connect(socket));
      expect((await run).code).toBe(0);
      return lines;
    };
    const both = [await streamed('private-1'), await streamed('private-2')];
    const [one, two] = both.map((lines) => {
      const found = lines
        .trimEnd()
        .split('\n')
        .map((line) => Line.parse(JSON.parse(line)));
      return found.filter((line) => line.type === 'checkpoint')[0]!;
    });
    const open = JSON.parse(readFileSync(folder.path('sse', 'run.json'), 'utf8')).statement;
    for (const { inputDigest, modelDigest } of [one!, two!]) {
      expect(inputDigest).not.toBe(open.inputDigest);
      expect(modelDigest).not.toBe(open.modelDigest);
    }
    // one salt per model, another per run
    expect(one!.modelDigest).toBe(two!.modelDigest);
    expect(one!.inputDigest).not.toBe(two!.inputDigest);
    expect(one!.activationDigest).not.toBe(two!.activationDigest);
    rmSync(folder.path('model.onnx.salt'));
  });

  it('that is a batch names the item of every event', async () => {
    mkdirSync(folder.path('inputs'));
    for (const [name, by] of [
      ['a', 1],
      ['b', 0.5],
    ] as const)
      writeFileSync(folder.path('inputs', `${name}.json`), JSON.stringify({ input_data: [input.map((x) => x * by)] }));
    const socket = folder.path('batch.sock');
    const [model] = args;
    const options = args.slice(3);
    const run = fold([
      'batch',
      model!,
      folder.path('inputs'),
      ...options,
      '--workers',
      '2',
      '--checkpoint-every',
      '3',
      '--stream',
      `unix:${socket}`,
      '--out',
      folder.path('batch'),
    ]);
    while (!existsSync(socket)) await setTimeout(1);
    const lines = (await text(connect(socket)))
      .trimEnd()
      .split('\n')
      .map((line) => Line.parse(JSON.parse(line)));
    expect((await run).code).toBe(0);
    for (const id of ['a', 'b']) {
      const own = lines.filter(({ itemId }) => itemId === id);
      expect(own.filter(({ type }) => type === 'step')).toHaveLength(STEPS);
      expect(own.filter(({ type }) => type === 'checkpoint')).toHaveLength(3);
    }
    expect(lines.filter((line) => line.type === 'fact' && line.name === 'item')).toHaveLength(2);
    expect(lines.at(-2)).toMatchObject({ type: 'result', verb: 'batch', items: 2, proven: 2 });
  });
});

describe('--stream', () => {
  it('takes a port or a path', () => {
    expect(['0', '8080', 'unix:/run/x.sock', 'unix:a:b'].map(parseStream)).toEqual([
      { port: 0 },
      { port: 8080 },
      { path: '/run/x.sock' },
      { path: 'a:b' },
    ]);
    for (const bad of ['', 'unix:', '65536', '-1', '0.0.0.0:80', 'tcp:80'])
      expect(foldErrorOf(() => parseStream(bad)).code).toBe('E_USAGE');
  });
});
