/** The verbs around the work: doctor, cache, completion. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SHELLS } from '../../src/cli/completion.ts';
import { VERBS } from '../../src/cli/program.ts';
import { COMMON, OPTIONS } from '../../src/runs/options.ts';
import { cached } from '../../src/store/cache.ts';
import { temporaryPath } from '../../src/store/temporary.ts';
import { fold, useFolder } from './harness.ts';

const folder = useFolder();

describe('doctor', () => {
  it('finds a healthy machine, and says what each finding is', async () => {
    const { code, out } = await fold(['doctor', '--json']);
    const { healthy, findings } = JSON.parse(out);
    expect({ code, healthy }).toEqual({ code: 0, healthy: true });
    const names = findings.map(({ name }: { name: string }) => name);
    expect(names).toEqual(['node', 'cores', 'memory', 'SIMD', 'disk', 'cache', 'commitment keys', 'proving keys']);
    expect((await fold(['doctor'])).out).toContain(process.versions.node);
  });

  it('fails where memory is too small to fold, and warns where it is too small to wrap', async () => {
    const small = await fold(['doctor'], { env: { LAYERFOLD_MAX_MEMORY: '300M' } });
    expect(small.code).toBe(4);
    expect(small.out).toMatch(/^BAD +memory +315 MB \(LAYERFOLD_MAX_MEMORY\)$/m);
    const middle = await fold(['doctor'], { env: { LAYERFOLD_MAX_MEMORY: '1500M' } });
    expect(middle.code).toBe(0);
    expect(middle.out).toMatch(/^note +memory[\s\S]*--no-wrap/m);
  });

  it('names every proving key with its size and where it comes from, or what one takes', async () => {
    expect((await fold(['doctor'])).out).toMatch(
      /proving keys +none yet; that of a bundled network takes up to 70\.9 MB/,
    );
    const keys = folder.path('cache', 'wrap-key');
    mkdirSync(keys, { recursive: true });
    const [own, trial] = [`${'a'.repeat(32)}.zkey`, `${'b'.repeat(32)}-INSECURE-dev.zkey`];
    writeFileSync(folder.path('cache', 'wrap-key', own), new Uint8Array(3_000_000));
    writeFileSync(folder.path('cache', 'wrap-key', trial), new Uint8Array(2_000_000));
    const { out } = await fold(['doctor']);
    rmSync(keys, { recursive: true });
    expect(out).toMatch(/proving keys +2 keys kept/);
    expect(out).toContain(`3.0 MB, of a ceremony, kept by fold key verify: ${join(keys, own)}`);
    expect(out).toContain(`2.0 MB, INSECURE development key, made here from public secrets: ${join(keys, trial)}`);
  });
});

describe('cache', () => {
  it('lists, sums up and clears its own entries, and nothing else', async () => {
    const cache = folder.path('cache');
    await cached('plan', '0'.repeat(64), async () => new Uint8Array(100));
    await cached('machine-plan', '0'.repeat(64), async () => new Uint8Array(100));
    mkdirSync(folder.path('cache', 'wrap-key'), { recursive: true });
    mkdirSync(folder.path('cache', 'photos'), { recursive: true });
    const own = folder.path('cache', 'wrap-key', `${'a'.repeat(32)}.zkey`);
    const files = {
      development: folder.path('cache', 'wrap-key', `${'b'.repeat(32)}-INSECURE-dev.zkey`),
      rest: folder.path('cache', 'plan', `.${'1'.repeat(64)}.cbor.12.ab.tmp`),
      writing: temporaryPath(folder.path('cache', 'plan', `${'2'.repeat(64)}.cbor`)),
      stranger: folder.path('cache', 'plan', 'notes.txt'),
      photo: folder.path('cache', 'photos', `${'c'.repeat(64)}.cbor`),
    };
    for (const path of [own, ...Object.values(files)]) writeFileSync(path, '0123456789');
    // of a process that cannot be asked its age tells
    utimesSync(files.rest, 0, 0);
    const listed = JSON.parse((await fold(['cache', 'list', '--json'])).out);
    expect(listed).toMatchObject({ action: 'list', folder: cache });
    expect(listed.entries.map(({ state }: { state: string }) => state)).toEqual([
      ...['whole', 'left', 'writing'],
      ...['whole', 'whole', 'whole'],
    ]);
    expect((await fold(['cache'])).out).toMatch(
      /^plan +3 .*\nwrap-key +2 +20 B$[\s\S]*^1 file of 10 B half-written by processes that are gone: fold cache sweep$/m,
    );
    expect((await fold(['cache', 'sweep'])).out).toMatch(/^removed 1 file, 10 B/);
    expect([files.rest, files.writing].map((path) => existsSync(path))).toEqual([false, true]);

    expect((await fold(['cache', 'clear'])).out).toMatch(
      /^removed 3 files[\s\S]*kept 1 keys of ceremonies[\s\S]*kept 1 file that another process is writing/,
    );
    const there = Object.entries({ own, ...files }).filter(([, path]) => existsSync(path));
    expect(there.map(([name]) => name)).toEqual(['own', 'writing', 'stranger', 'photo']);
    await fold(['cache', 'clear', '--force']);
    expect([own, files.stranger, files.photo].map((path) => existsSync(path))).toEqual([false, true, true]);
    expect(await fold(['cache', 'burn'])).toMatchObject({ code: 2, err: expect.stringContaining('E_USAGE') });
  });
});

const absent = (shell: string): boolean => {
  const missing = spawnSync(shell, ['--version']).error !== undefined;
  if (missing) console.warn(`skipped: no ${shell} here`);
  return missing;
};

describe('completion', () => {
  it.each(SHELLS)('for %s knows every verb and every option', async (shell) => {
    const { code, out } = await fold(['completion', shell]);
    expect(code).toBe(0);
    for (const { name, options } of VERBS) {
      for (const word of name.split(' ')) expect(out).toContain(word);
      for (const option of [...options, ...COMMON]) {
        const long = /--([a-z0-9-]+)/.exec(OPTIONS[option].flags)![1]!;
        expect(out).toMatch(new RegExp(shell === 'fish' ? `-l ${long} ` : `--${long}\\b`));
      }
    }
  });

  it.each(SHELLS)('for %s is a script that the shell can read', async (shell) => {
    if (absent(shell)) return;
    const path = folder.path(`completion.${shell}`);
    writeFileSync(path, (await fold(['completion', shell])).out);
    execFileSync(shell, ['-n', path]);
  });

  it.skipIf(absent('bash'))('completes in bash', async () => {
    const path = folder.path('fold.bash');
    writeFileSync(path, (await fold(['completion', 'bash'])).out);
    const complete = (...words: string[]): string[] => {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: a script of the shell
      const script = 'source "$0"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _layerfold; echo "${COMPREPLY[*]}"';
      return execFileSync('bash', ['-c', script, path, 'fold', ...words], { encoding: 'utf8' })
        .trim()
        .split(/\s+/);
    };
    expect(complete('ver')).toEqual(['verify']);
    expect(complete('key', 'ver')).toEqual(['verify']);
    expect(complete('verify', '--str')).toEqual(['--strict']);
    expect(complete('verify', '--lay')).toEqual(['--layers']);
    expect(complete('--lay')).toEqual(['--layers', '--layers-per-step']);
    expect(complete('key', 'beacon', '--it')).toEqual(['--iterations']);
  });

  it('is refused for a shell that it does not know', async () => {
    expect(await fold(['completion', 'tcsh'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('bash, zsh, fish'),
    });
  });
});
