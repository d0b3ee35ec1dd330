/** The help texts, word for word, and the table behind them. */
import { describe, expect, it } from 'vitest';
import { VERBS } from '../../src/cli/program.ts';
import { COMMON, OPTIONS, type OptionName } from '../../src/runs/options.ts';
import { fold } from './harness.ts';

describe('help', () => {
  it('is what no argument gives', async () => {
    const { code, out, err } = await fold([]);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatchSnapshot();
    expect((await fold(['--help'])).out).toBe(out);
  });

  it.each(VERBS.map(({ name }) => name))('of %s', async (name) => {
    const { code, out } = await fold([name, '--help']);
    expect(code).toBe(0);
    expect(out).toMatchSnapshot();
  });

  it('is what half a verb gives', async () => {
    const { code, out } = await fold(['key']);
    expect({ code, all: ['contribute', 'beacon', 'verify'].every((word) => out.includes(word)) }).toEqual({
      code: 0,
      all: true,
    });
  });

  it('prints the version of the package', async () => {
    expect((await fold(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('option table', () => {
  it('names options as the parser does', () => {
    for (const [name, { flags }] of Object.entries(OPTIONS)) {
      const long = /--(?:no-)?([a-z0-9-]+)/.exec(flags)![1]!;
      expect(long.replace(/-([a-z])/g, (_, c: string) => c.toUpperCase())).toBe(name);
    }
  });

  it('has no option that no verb takes, and no verb that takes one twice', () => {
    const taken = new Set<OptionName>(COMMON);
    for (const { options } of VERBS) {
      expect(new Set(options).size).toBe(options.length);
      for (const name of options) taken.add(name);
    }
    expect([...taken].sort()).toEqual(Object.keys(OPTIONS).sort());
  });
});
