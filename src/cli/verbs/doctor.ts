/** `fold doctor`: whether this machine can do the work, and what would make it better. */
import { access, constants, mkdir } from 'node:fs/promises';
import { useFma } from '../../algebra/kernels/field/fma-choice.ts';
import { hasSimd } from '../../algebra/kernels/index.ts';
import { machine, sourceCommit } from '../../api/machine.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { wrapNeeds } from '../../api/wrap-needs.ts';
import { freeBytes, memoryLimit } from '../../runs/limits.ts';
import { bytes, counted } from '../../show/format.ts';
import { cacheFolder, OTHER_CACHE } from '../../store/cache.ts';
import { type CacheEntry, cacheContents } from '../../store/cache-contents.ts';
import type { Verb } from '../verb.ts';

type State = 'ok' | 'note' | 'BAD';

interface Finding {
  readonly name: string;
  readonly state: State;
  readonly found: string;
  readonly hint?: string;
}

/** What folding a bundled network takes at most. */
const FOLD_MEMORY = 1e9;
/** Constraints of a bundled network's final proof: of the larger of the two, the synthetic one. */
const WRAP_CONSTRAINTS = 169_171;

const OF_CEREMONY = 'of a ceremony, kept by fold key verify';
const OF_PUBLIC_SECRETS = 'INSECURE development key, made here from public secrets';

export const doctorVerb: Verb = {
  name: 'doctor',
  about: 'Look at this machine: Node, cores, memory and its limits, SIMD, disk, cache and keys.',
  options: [],
  examples: ['fold doctor'],
  run: async ({ report, env }) => {
    const findings = await examine(env);
    const bad = findings.some(({ state }) => state === 'BAD');
    report.result('doctor', { healthy: !bad, findings }, [
      ...findings.map(({ state, name, found }) => `${state.padEnd(6)}${name.padEnd(17)}${found}`),
      ...findings.flatMap(({ name, hint }) => (hint === undefined ? [] : [`${name}: ${hint}`])),
      bad ? 'Something is missing.' : 'All is there that a proof needs.',
    ]);
    return bad ? 4 : 0;
  },
};

async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const { cpu, cores, node, platform } = machine();
  const limit = memoryLimit(undefined, env);
  const folder = cacheFolder();
  const needs = wrapNeeds(WRAP_CONSTRAINTS, defaultWorkers(env));
  const [fma, entries, disk, here, writable, commit] = await Promise.all([
    useFma(),
    cacheContents(folder),
    freeBytes(folder),
    freeBytes('.'),
    canWrite(folder),
    sourceCommit(),
  ]);
  const size = entries.reduce((n, entry) => n + entry.bytes, 0);
  return [
    { name: 'node', state: 'ok', found: `${node}, ${platform}${commit === undefined ? '' : `, sources at ${commit}`}` },
    {
      name: 'cores',
      ...graded(cores >= 2, 'a second core makes a proof faster'),
      found: `${cores} (${cpu}); ${defaultWorkers(env)} workers unless --workers says otherwise`,
    },
    memory(limit.bytes, limit.from, Math.max(needs.memory, needs.setupMemory)),
    {
      name: 'SIMD',
      state: hasSimd() ? 'ok' : 'BAD',
      found: hasSimd() ? `WebAssembly SIMD${fma ? ', with fused multiply-add' : ''}` : 'none',
    },
    {
      name: 'disk',
      ...graded(disk >= needs.key, `the key of a final proof takes about ${bytes(needs.key)}`),
      found: `${bytes(disk)} free for the cache, ${bytes(here)} here`,
    },
    writable
      ? { name: 'cache', state: 'ok', found: `${folder}, ${bytes(size)}` }
      : { name: 'cache', state: 'BAD', found: `${folder} cannot be written`, hint: OTHER_CACHE },
    ...keys(entries, needs.key),
  ];
}

function graded(good: boolean, hint: string): Pick<Finding, 'state' | 'hint'> {
  return good ? { state: 'ok' } : { state: 'note', hint };
}

function memory(limit: number, from: string, wrap: number): Finding {
  const found = `${bytes(limit)} (${from})`;
  if (limit < FOLD_MEMORY)
    return { name: 'memory', state: 'BAD', found, hint: `folding a bundled network takes about ${bytes(FOLD_MEMORY)}` };
  const hint = `enough to fold; a final proof takes about ${bytes(wrap)}: --no-wrap`;
  return { name: 'memory', found, ...graded(limit >= wrap, hint) };
}

function keys(entries: readonly CacheEntry[], needed: number): Finding[] {
  const some = (kind: string): number => entries.filter((entry) => entry.kind === kind).length;
  const proving = entries.filter(({ kind, state }) => kind === 'wrap-key' && state === 'whole');
  return [
    {
      name: 'commitment keys',
      state: 'ok',
      found:
        some('commitment-key') > 0
          ? `${counted(some('commitment-key'), 'development key')} kept`
          : 'none yet; made in seconds',
    },
    {
      name: 'proving keys',
      state: 'ok',
      found:
        proving.length > 0
          ? `${counted(proving.length, 'key')} kept`
          : `none yet; that of a bundled network takes up to ${bytes(needed)}: made here in seconds with --insecure-dev, or from a ceremony (fold setup --ptau FILE)`,
    },
    ...proving.map(
      ({ path, bytes: size, keep }): Finding => ({
        name: 'proving key',
        state: 'ok',
        found: `${bytes(size)}, ${keep ? OF_CEREMONY : OF_PUBLIC_SECRETS}: ${path}`,
      }),
    ),
  ];
}

async function canWrite(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
