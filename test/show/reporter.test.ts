/** Who sees what: the live line, plain lines, JSON, quiet; and numbers as people read them. */
import { describe, expect, it } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import type { ProgressEvent } from '../../src/events.ts';
import { checkMemory, memoryLimit } from '../../src/runs/limits.ts';
import { parseDigest, parseSize } from '../../src/runs/option-values.ts';
import { bytes, errorLines, plain, seconds, table } from '../../src/show/format.ts';
import { Line } from '../../src/show/ndjson.ts';
import { type Mode, Reporter } from '../../src/show/reporter.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const step = (n: number): ProgressEvent => ({
  type: 'step',
  from: 0,
  step: n,
  steps: 40,
  layers: 8 * n,
  seconds: n / 10,
  secondsLeft: (40 - n) / 10,
  busy: [n / 12, n / 20],
  rss: 4e8,
});

/** 40 steps, 100 ms apart, then a result. */
function play(mode: Mode): { out: string; err: string } {
  let [out, err, time] = ['', '', 0];
  const report = new Reporter(mode, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: () => 60,
    now: () => (time += 100),
  });
  report.fact('prediction', { class: 6 }, ['class 6']);
  for (let n = 1; n <= 40; n++) report.on(step(n));
  report.warn('careful');
  report.result('prove', { class: 6 }, ['proven']);
  return { out, err };
}

describe('reporter', () => {
  it('writes at most a line per second, and the last step, where there is no terminal', () => {
    const { out, err } = play('lines');
    expect(out).toBe('class 6\nproven\n');
    expect(err).toMatchInlineSnapshot(`
      "folding: step 1/40, 8 layers, 10.00 steps/s, 3.9 s left, 400 MB
      folding: step 11/40, 88 layers, 10.00 steps/s, 2.9 s left, 400 MB
      folding: step 21/40, 168 layers, 10.00 steps/s, 1.9 s left, 400 MB
      folding: step 31/40, 248 layers, 10.00 steps/s, 0.90 s left, 400 MB
      folding: step 40/40, 320 layers, 10.00 steps/s, 0.00 s left, 400 MB
      careful
      "
    `);
  });

  it('renews its lines in a terminal, none longer than it, and takes them away at the end', () => {
    const { out, err } = play('live');
    // two lines from the second step on, taken away from the last to the first
    const away = '\r\x1b[2K\x1b[1A\x1b[2K';
    const [once, ...drawn] = err.split(away);
    expect(once!.split('\r\x1b[2K').at(-1)).toMatch(/^folding .*\n.*memory 400 MB$/);
    expect(drawn).toHaveLength(40);
    for (const view of drawn.slice(0, -1)) {
      expect(view.split('\n')).toHaveLength(2);
      for (const text of view.split('\n')) expect(text.length).toBeLessThan(60);
    }
    expect(drawn.at(-1)).toBe('careful\n');
    expect(out).toBe('class 6\nproven\n');
  });

  it('writes only the result with --quiet', () => {
    expect(play('quiet')).toEqual({ out: 'proven\n', err: '' });
  });

  it('writes every event with --json, and nothing else', () => {
    const { out, err } = play('json');
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => Line.parse(JSON.parse(line)));
    expect({ count: lines.length, err }).toEqual({ count: 42, err: '' });
  });
});

describe('numbers', () => {
  it('are readable', () => {
    expect([0, 999, 1000, 3_133_608, 451e6, 2 ** 40].map(bytes)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '3.1 MB',
      '451 MB',
      '1.1 TB',
    ]);
    expect([0, 0.5, 1, 59.94, 99.95, 245].map(seconds)).toEqual([
      '0.00 s',
      '0.50 s',
      '1.0 s',
      '59.9 s',
      '1 min 40 s',
      '4 min 05 s',
    ]);
    expect(
      table([
        ['a', 'bb'],
        ['long', '1'],
      ]),
    ).toEqual(['a     bb', 'long   1']);
  });

  it('are read with their units, or refused', () => {
    expect(['512M', '4G', '4GiB', '1.5k', '1000000', '2 TB'].map(parseSize)).toEqual([
      2 ** 29,
      2 ** 32,
      2 ** 32,
      1536,
      1_000_000,
      2 ** 41,
    ]);
    for (const bad of ['', '-1', '4X', 'G', '1e9', '1 2']) {
      expect(foldErrorOf(() => parseSize(bad)).code).toBe('E_USAGE');
    }
    expect(parseDigest(`0x${'0'.repeat(62)}fF`)).toBe(255n);
    for (const bad of ['', '0x1', `0x${'g'.repeat(64)}`, 'f'.repeat(66), `0x${'0'.repeat(65)}`]) {
      expect(foldErrorOf(() => parseDigest(bad)).code).toBe('E_USAGE');
    }
  });
});

describe('limits', () => {
  it('takes the narrowest, and says whose it is', () => {
    expect(memoryLimit(undefined, {}, undefined, 8e9)).toEqual({ bytes: 8e9, from: 'memory of this machine' });
    expect(memoryLimit(undefined, {}, 0, 8e9).bytes).toBe(8e9);
    expect(memoryLimit(undefined, {}, 2 ** 60, 8e9).bytes).toBe(8e9);
    expect(memoryLimit(undefined, {}, 5e8, 8e9)).toEqual({ bytes: 5e8, from: 'limit of this container' });
    expect(memoryLimit(4e9, { LAYERFOLD_MAX_MEMORY: '1G' }, 2e9, 8e9)).toEqual({
      bytes: 2 ** 30,
      from: 'LAYERFOLD_MAX_MEMORY',
    });
    expect(memoryLimit(4e8, {}, 5e8, 8e9).from).toBe('--max-memory');
  });

  it('refuses what does not fit, and passes what does', () => {
    checkMemory(5e8, { bytes: 5e8, from: 'x' }, 2);
    const error = foldErrorOf(() => checkMemory(6e8, { bytes: 5e8, from: 'the limit' }, 1));
    expect(errorLines(error)).toMatchInlineSnapshot(`
      [
        "error E_MEMORY: This run needs more memory than there is.",
        "  expected: about 600 MB with 1 workers",
        "  got: 500 MB (the limit)",
        "  hint: --layers-per-step 1",
      ]
    `);
  });

  it('indents facts of several lines', () => {
    expect(errorLines(new FoldError('E_INPUT', 'No.', { got: 'a\nb' }))).toEqual([
      'error E_INPUT: No.',
      '  got: a',
      '    b',
    ]);
  });

  it('shows control characters, which could write into a terminal, and leaves words of all languages', () => {
    expect(plain('a\nb\t\u001b[2K\u007f\u009b\u2028\u202e')).toBe(
      String.raw`a\u{a}b\u{9}\u{1b}[2K\u{7f}\u{9b}\u{2028}\u{202e}`,
    );
    expect(plain('naïve 数字 ☂ ▁█')).toBe('naïve 数字 ☂ ▁█');
    const error = new FoldError('E_FILE', 'Of \u001bc.', { got: '\u001bc' });
    const said: string[] = [];
    const err = (text: string): void => void said.push(text);
    const report = new Reporter('lines', { out: () => {}, err, columns: () => 60, now: () => 0 });
    report.error(error, 2, 'at \u001bc');
    report.warn('\u001bc');
    expect(said.join('')).toBe(String.raw`error E_FILE: Of \u{1b}c.
  got: \u{1b}c
at \u{1b}c
\u{1b}c
`);
  });
});
