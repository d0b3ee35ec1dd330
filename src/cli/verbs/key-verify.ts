/** `fold key verify`: is this key that of our own circuit, from that ceremony, with honest contributions? */
import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { keyToJson } from '../../api/final-json.ts';
import { developmentKeySource, ptauKeySource } from '../../api/keys.ts';
import { buildPlan } from '../../api/plan.ts';
import { buildWrap } from '../../api/wrap-circuit.ts';
import { loadWrapKey, wrapKeyPath } from '../../api/wrap-key.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { counter, stage } from '../../events.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { openStep } from '../../runs/resolve.ts';
import { makeFolder, writeFileAtomic } from '../../store/atomic.ts';
import { OTHER_CACHE } from '../../store/cache.ts';
import { diskError } from '../../store/disk-error.ts';
import { jsonBytes } from '../../store/json.ts';
import { readPtauHeader } from '../../store/ptau-file.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';
import { verifyCeremony } from '../../wrap/groth16/ceremony.ts';
import type { Contribution } from '../../wrap/groth16/contributions.ts';
import { writeKeyDigest } from '../../wrap/groth16/key-digest.ts';
import { logProgress, sizesOf, verificationParts } from '../../wrap/groth16/snarkjs-progress.ts';
import { readZkey } from '../../wrap/groth16/zkey.ts';
import { writeR1cs } from '../../wrap/r1cs/files.ts';
import type { R1cs } from '../../wrap/r1cs/r1cs.ts';
import { SAMPLE, SCALES, SEED } from '../meaning.ts';
import { checkPowers } from '../powers.ts';
import type { Verb } from '../verb.ts';

/** Of hundreds of megabytes, for snarkjs. */
const CIRCUIT = 'layerfold-wrap.r1cs';

export const keyVerifyVerb: Verb = {
  name: 'key verify',
  about:
    'Check a finished key against the circuit, rebuilt here, and the powers of tau with their ceremony; keep it, so that fold prove finds it, and write the verification key that verifiers trust.',
  argument: { name: '<key>', about: 'the finished key, a .zkey file' },
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS, 'ptau', 'insecureDev', 'out'],
  meanings: [SEED, SCALES, SAMPLE],
  examples: [
    'fold key verify wrap-final.zkey --model MODEL.onnx --plan plan.json --ptau FILE.ptau --out verification_key.json',
    'fold key verify wrap-dev.zkey --network digits512 --insecure-dev --out verification_key.json',
  ],
  run: async (context) => {
    const { options, argument, report, signal } = context;
    const { ptau, out } = options;
    if ((ptau === undefined) === (options.insecureDev !== true))
      throw new FoldError('E_USAGE', 'A key is checked against what it was made from.', {
        expected: '--ptau FILE, its powers of tau, or --insecure-dev, for a development key',
        got: ptau === undefined ? 'neither' : 'both',
      });
    const step = await openStep({ ...context, argument: undefined });
    if (ptau !== undefined) await checkPowers(report, step, ptau);
    const key = ptau === undefined ? developmentKeySource() : ptauKeySource(ptau);
    const target = { ...(await stage(report.on, 'circuit', () => buildPlan(step, key))), key, step };
    const r1cs = await buildWrap(target, { signal, on: report.on });
    const { verification: vk } = await loadWrapKey(target, r1cs, argument!);
    const found =
      ptau === undefined
        ? await developmentKey(argument!)
        : await ceremonyKey(context, r1cs, ptau, wrapKeyPath(target));
    if (out !== undefined) await writeFileAtomic(out, jsonBytes(keyToJson({ vk, step: target.step })));
    report.result('key verify', { key: argument, ...found.facts, out: out ?? null }, [
      ...found.lines,
      out === undefined
        ? "--out verification_key.json writes the key that verifiers trust: the one in the folder of a proof is its maker's."
        : `${out} is the verification key: hand it to verifiers, for fold verify --vk. The one in the folder of a proof is its maker's.`,
    ]);
    return 0;
  },
};

interface Found {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** That it is of this circuit its digest has shown; there is no secret to be checked. */
async function developmentKey(path: string): Promise<Found> {
  if (!(await readZkey(path)).insecure)
    throw new FoldError('E_REJECTED', 'This is not the development key.', {
      expected: 'a key made by fold setup --insecure-dev',
      got: path,
      hint: '--ptau FILE checks the key of a ceremony',
    });
  return {
    facts: { insecure: true },
    lines: [`${path} is the INSECURE development key of this circuit: anyone can forge proofs under it.`],
  };
}

async function ceremonyKey(
  { argument, report, signal }: CommandContext,
  r1cs: R1cs,
  ptau: string,
  kept: string,
): Promise<Found> {
  await sweepLeft(tmpdir(), CIRCUIT);
  const circuit = temporaryPath(join(tmpdir(), CIRCUIT));
  try {
    const ceremony = await stage(report.on, 'verify', async () => {
      await writeR1cs(circuit, r1cs);
      const parts = verificationParts(sizesOf(r1cs), await readPtauHeader(ptau));
      const told = logProgress(parts, counter(report.on, 'verify', 'points'));
      const on = (line: string): void => {
        report.note(stageLines(line));
        told(line);
      };
      return verifyCeremony(circuit, ptau, argument!, { signal, on });
    });
    await keep(argument!, kept);
    return {
      facts: { insecure: false, kept, contributions: ceremony.key, ptauContributions: ceremony.ptau },
      lines: [
        `${argument} is the key of this circuit, and every contribution to it is valid:`,
        ...contributionLines(ceremony.key),
        `${ptau} follows from its contributions, all of them valid:`,
        ...contributionLines(ceremony.ptau),
        'Whether one contributor of each was honest is for you to know: compare these names and hashes with what they published.',
        command`kept as ${kept}: fold prove with this plan and --ptau ${ptau} finds it.`,
      ],
    };
  } finally {
    await rm(circuit, { force: true });
  }
}

/** Of snarkjs' log what tells how far it is: a large ceremony takes long. */
const stageLines = (line: string): string[] => (/^(Calculat|Verifying)/.test(line) ? [`  ${line}`] : []);

const contributionLines = (contributions: readonly Contribution[]): string[] =>
  contributions.flatMap(({ name, beacon, hash }, k) => [
    `  ${k + 1}. "${name}"${beacon ? `, a beacon: ${beacon.value}, hashed 2^${beacon.iterations} times` : ''}`,
    `     ${hash}`,
  ]);

/** Whole or absent. */
async function keep(from: string, to: string): Promise<void> {
  await makeFolder(dirname(to), { elsewhere: OTHER_CACHE });
  await sweepLeft(dirname(to));
  const temporary = temporaryPath(to);
  try {
    await copyFile(from, temporary, constants.COPYFILE_FICLONE);
    await rename(temporary, to);
    await writeKeyDigest(to);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw diskError(cause, to);
  }
}
