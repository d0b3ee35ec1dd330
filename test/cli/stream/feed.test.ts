/** The history behind a stream: order, bounds, places, and what a reader gets that takes nothing for a while. */
import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { Feed } from '../../../src/cli/stream/feed.ts';
import { follow } from '../../../src/cli/stream/follow.ts';
import { publicLine } from '../../../src/cli/stream/public-lines.ts';
import { Line } from '../../../src/show/ndjson.ts';

const progress = (done: number) => ({
  ...{ type: 'progress', stage: 'commit', done, total: 1e6 },
  ...{ unit: 'steps', secondsLeft: 1 },
});
const check = (name: string) => ({ type: 'check', name });
const numbers = (feed: Feed): number[] => {
  const found: number[] = [];
  for (let entry = feed.after(0); entry; entry = feed.after(entry.number)) found.push(entry.number);
  return found;
};

describe('feed', () => {
  it('keeps so many lines, and those that nothing makes worthless the longest', () => {
    const feed = new Feed(4);
    for (let k = 1; k <= 3; k++) feed.add(progress(k));
    feed.add(check('a'));
    expect(numbers(feed)).toEqual([1, 2, 3, 4]);
    for (let k = 5; k <= 8; k++) feed.add(progress(k));
    expect(numbers(feed)).toEqual([4, 6, 7, 8]);
    for (let k = 9; k <= 12; k++) feed.add(check('b'));
    expect(numbers(feed)).toEqual([9, 10, 11, 12]);
  });

  it('knows its own places only', () => {
    const [feed, other] = [new Feed(), new Feed()];
    for (const one of [feed, other]) for (let k = 1; k <= 3; k++) one.add(progress(k));
    const { id } = feed.after(1)!;
    expect(feed.placeOf(id)).toBe(2);
    expect(other.placeOf(id)).toBe(0);
    expect(feed.placeOf(id.replace('-2', '-99'))).toBe(3);
    for (const bad of [undefined, '', '2', `${id}x`, id.replace('-2', '--2')]) expect(feed.placeOf(bad)).toBe(0);
  });
});

describe('a reader', () => {
  const text = ({ text }: { readonly text: string }): string => `${text}\n`;

  it('is sent what was, then what comes, and the end', async () => {
    const feed = new Feed();
    feed.add(check('before'));
    const to = new PassThrough();
    follow(feed, 0, to, text);
    feed.add(check('after'));
    feed.end();
    const lines = (await to.toArray()).join('').trimEnd().split('\n');
    expect(lines.map((line) => Line.parse(JSON.parse(line)))).toMatchObject([{ name: 'before' }, { name: 'after' }]);
  });

  it('that takes nothing holds nothing up and costs one buffer; it is told what it missed', () => {
    const feed = new Feed(16);
    let taken = '';
    let take: (() => void) | undefined;
    const slow = new Writable({
      highWaterMark: 1000,
      decodeStrings: false,
      write(chunk: string, _encoding, done) {
        taken += chunk;
        take = done;
      },
    });
    follow(feed, 0, slow, text);
    for (let k = 1; k <= 50_000; k++) feed.add(progress(k));
    expect(slow.writableLength).toBeLessThan(2000);
    feed.end();
    while (take) {
      const next: () => void = take;
      take = undefined;
      next();
    }
    const lines = taken
      .trimEnd()
      .split('\n')
      .map((line) => Line.parse(JSON.parse(line)));
    const gap = lines.findIndex(({ type }) => type === 'gap');
    expect(lines.at(-1)).toMatchObject({ type: 'progress', done: 50_000 });
    expect(lines[gap]).toEqual({
      schema: 'layerfold/line/1',
      time: expect.any(String),
      type: 'gap',
      lost: 50_000 - gap - 16,
    });
    expect(lines).toHaveLength(gap + 1 + 16);
  });

  it('that fails or goes away is forgotten', async () => {
    const feed = new Feed();
    for (const error of [undefined, new Error('reset')]) {
      const to = new PassThrough();
      follow(feed, 0, to, text);
      to.destroy(error);
      await new Promise((resolve) => to.on('close', resolve));
      const before = to.readableLength;
      feed.add(check('later'));
      expect(to.readableLength).toBe(before);
    }
  });
});

describe('what others see', () => {
  it('is progress whole, and of facts and results no data', () => {
    const step = { type: 'step', step: 3, rss: 1 };
    expect(publicLine(step)).toBe(step);
    expect(publicLine({ type: 'fact', name: 'prediction', class: 3, logits: [1] })).toBeUndefined();
    expect(publicLine({ type: 'error', code: 'E_RANGE', message: 'm', got: 'activation 77' })).toBeUndefined();
    expect(publicLine({ type: 'fact', name: 'item', id: 'a', class: 3, message: 'secret', status: 'proven' })).toEqual({
      type: 'fact',
      name: 'item',
      id: 'a',
      status: 'proven',
    });
    const result = { type: 'result', verb: 'prove', class: 3, logits: [1], values: [1], sentence: 'its class is 3' };
    expect(publicLine({ ...result, modelDigest: '0x1' })).toEqual({
      type: 'result',
      verb: 'prove',
      modelDigest: '0x1',
    });
  });
});
