/** The launcher in processes of its own: exit codes, signals, a reader that goes away, and the first example. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'layerfold-launcher-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const start = (file: string, args: readonly string[]): ChildProcess =>
  spawn(process.execPath, [...(file.endsWith('.ts') ? ['--import', 'tsx'] : []), join(root, file), ...args], {
    cwd: file.endsWith('.ts') ? root : folder,
    env: { ...process.env, LAYERFOLD_CACHE_DIR: join(folder, 'cache'), LAYERFOLD_WORKERS: '1' },
  });

function finished(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  let [out, err] = ['', ''];
  child.stdout!.on('data', (data) => {
    out += data;
  });
  child.stderr!.on('data', (data) => {
    err += data;
  });
  return new Promise((done) => child.on('close', (code) => done({ code, out, err })));
}

/** Calls once when the first step is told (the first line about steps may be about a later one). */
function atFirstStep(child: ChildProcess, act: () => void): void {
  let done = false;
  child.stderr!.on('data', (data) => {
    if (done || !/step \d+\//.test(String(data))) return;
    done = true;
    act();
  });
}

describe('launcher', () => {
  it('proves and verifies in the default folder', async () => {
    const proved = await finished(start('bin/fold.js', ['--layers', '3', '--no-wrap']));
    expect(proved.err).not.toContain('error');
    expect(proved.code).toBe(0);
    expect(proved.out).toContain('PROVEN AND VERIFIED: 3/3 layers');
    expect(proved.out + proved.err).toContain('key transparent: sound, no set-up; cannot be wrapped');
    const next = /^next: node \S+fold\.js (.*)$/m.exec(proved.out)![1]!;
    const verified = await finished(start('bin/fold.js', next.split(' ')));
    expect({ code: verified.code, true: verified.out.includes('VERIFIED: 1/1') }).toEqual({ code: 0, true: true });
    // the command pins the model, and the transparent key is sound
    const strict = await finished(start('bin/fold.js', [...next.split(' '), '--strict']));
    expect(strict.code).toBe(0);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends in order on %s', async (signal, code) => {
    const out = join(folder, signal);
    const child = start('bin/fold.js', ['--network', 'digits512', '--out', out]);
    atFirstStep(child, () => child.kill(signal));
    const result = await finished(child);
    expect(result.code).toBe(code);
    expect(result.err).toContain('error E_ABORTED');
    expect(readdirSync(out).filter((name) => name !== 'checkpoints')).toEqual(['private', 'run.json']);
    expect(JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')).state).toBe('interrupted');
  });

  it('ends at once on the second signal', async () => {
    const child = start('bin/fold.js', ['--network', 'digits512', '--out', join(folder, 'twice')]);
    // two signals that arrive together count as one
    atFirstStep(child, () => {
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 20);
    });
    const { code } = await finished(child);
    expect(code).toBe(130);
    expect(existsSync(join(folder, 'twice', 'folded.cbor'))).toBe(false);
  });

  it('does not mind a reader that goes away', async () => {
    const child = start('bin/fold.js', ['inspect', '--network', 'digits512', '--layers', '3']);
    child.stdout!.destroy();
    let err = '';
    child.stderr!.on('data', (data) => {
      err += data;
    });
    const code = await new Promise((done) => child.on('exit', done));
    expect({ code, error: /error/i.test(err) }).toEqual({ code: 0, error: false });
  });
});

describe('examples/full-flow.ts', () => {
  it('tells the story as far as the folded proof', async () => {
    const { code, out, err } = await finished(start('examples/full-flow.ts', ['3', '--no-wrap']));
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^5\. verified: 13 checks hold/m);
  });
});
