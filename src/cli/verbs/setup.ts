/** `fold setup`: the proving key of a plan's final proof, once for every depth and input of a network. */

import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { developmentKeySource, ptauKeySource } from '../../api/keys.ts';
import { buildPlan } from '../../api/plan.ts';
import { defaultWorkers } from '../../api/workers.ts';
import { buildWrap } from '../../api/wrap-circuit.ts';
import { setupDevelopmentWrap, wrapKeyPath } from '../../api/wrap-key.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { counter, stage } from '../../events.ts';
import { type CommandContext, MODEL_OPTIONS, PLAN_OPTIONS } from '../../runs/context.ts';
import { checkDisk, checkMemory, memoryLimit } from '../../runs/limits.ts';
import { given, networkWords } from '../../runs/next-commands.ts';
import { isOwn, openStep } from '../../runs/resolve.ts';
import { tellMaking } from '../../runs/wrap-job.ts';
import { count } from '../../show/format.ts';
import { OTHER_CACHE } from '../../store/cache.ts';
import { diskError } from '../../store/disk-error.ts';
import { KEY_FILE } from '../../store/run-record.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';
import { newKey } from '../../wrap/groth16/ceremony.ts';
import { developmentKeyNeeds, keySizes } from '../../wrap/groth16/development-key.ts';
import { logProgress, newKeyParts, sizesOf } from '../../wrap/groth16/snarkjs-progress.ts';
import { writeR1cs } from '../../wrap/r1cs/files.ts';
import { SAMPLE, SCALES, SEED } from '../meaning.ts';
import { checkPowers } from '../powers.ts';
import { MODEL_ARGUMENT, type Verb } from '../verb.ts';

const FIRST_KEY = 'wrap-0000.zkey';
const SETUP_ELSEWHERE = `--out FILE writes elsewhere   or   ${OTHER_CACHE}`;

export const setupVerb: Verb = {
  name: 'setup',
  about:
    'Make the proving key of the final proof: of a ceremony (--ptau), or an insecure one for trials (--insecure-dev).',
  argument: MODEL_ARGUMENT,
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS, 'ptau', 'insecureDev', 'out', 'force', 'workers', 'maxMemory'],
  meanings: [
    SEED,
    SCALES,
    SAMPLE,
    {
      options: ['force'],
      only: 'the development key (--insecure-dev), which is kept: the first key of a ceremony is always made',
      holds: ({ options }) => options.insecureDev === true,
    },
  ],
  examples: [
    'fold setup --network digits512 --insecure-dev',
    'fold setup MODEL.onnx --plan plan.json --ptau FILE.ptau --out wrap-0000.zkey',
  ],
  run: async (context) => {
    const { options, report, signal, env } = context;
    if ((options.ptau === undefined) === (options.insecureDev !== true))
      throw new FoldError('E_USAGE', 'Which kind of key?', {
        expected: '--ptau FILE (prepared powers of tau of a ceremony) or --insecure-dev',
        got: options.ptau === undefined ? 'neither' : 'both',
      });
    const key = options.ptau === undefined ? developmentKeySource() : ptauKeySource(options.ptau);
    const step = await openStep(context);
    if (options.ptau !== undefined) await checkPowers(report, step, options.ptau);
    const target = { ...(await stage(report.on, 'circuit', () => buildPlan(step, key))), key, step };
    const workers = options.workers ?? defaultWorkers();
    const r1cs = await buildWrap(target, { signal, on: report.on });
    const needs = developmentKeyNeeds(keySizes(r1cs), workers);
    checkMemory(needs.memory, memoryLimit(options.maxMemory, env), workers);
    const size = `${count(r1cs.constraints)} constraints`;
    if (options.ptau === undefined) {
      const path = options.out ?? wrapKeyPath(target);
      await checkDisk(dirname(path), needs.disk, SETUP_ELSEWHERE);
      if (options.force)
        await rm(path, { force: true }).catch((cause) => {
          throw diskError(cause, path);
        });
      await setupDevelopmentWrap(target, r1cs, {
        ...{ path, workers, signal, on: report.on },
        making: tellMaking(report, path),
      });
      report.result('setup', { path, insecure: true, constraints: r1cs.constraints }, [
        `INSECURE development key of ${size}: ${path}`,
        'Its secrets are public and the same on every machine: anyone can forge proofs under it. For trials only.',
        `next: ${proveCommand(context)}`,
      ]);
      return 0;
    }
    const path = options.out ?? FIRST_KEY;
    await checkDisk(dirname(path), 2 * needs.disk, SETUP_ELSEWHERE);
    const circuit = temporaryPath(`${path}.r1cs`);
    await sweepLeft(dirname(path), basename(`${path}.r1cs`));
    try {
      await stage(report.on, 'setup', async () => {
        await writeR1cs(circuit, r1cs);
        const on = logProgress(newKeyParts(sizesOf(r1cs)), counter(report.on, 'setup', 'points'));
        await newKey(circuit, options.ptau!, path, { signal, on });
      });
    } finally {
      await rm(circuit, { force: true });
    }
    report.result('setup', { path, insecure: false, usable: false, constraints: r1cs.constraints }, [
      `first key of ${size}: ${path}. It is not usable yet: somebody has to contribute a secret and forget it.`,
      'One honest contribution is enough, so ask several people who do not trust each other, one after another:',
      `  ${command`fold key contribute ${path} --name ALICE --out wrap-0001.zkey`}`,
      `  ${command`fold key beacon wrap-0001.zkey --beacon HEX --name BEACON --out wrap-final.zkey`}`,
      `  ${command`fold key verify wrap-final.zkey`}${networkWords(context, 'option')}${given(context, ['input', 'ptau'])} --out ${KEY_FILE}`,
    ]);
    return 0;
  },
};

/** A key that was made elsewhere than in the cache is found by its name only. */
function proveCommand(context: CommandContext): string {
  const { options } = context;
  const input = isOwn(options) && options.input === undefined ? ' --input X.json' : given(context, ['input']);
  const key = options.out === undefined ? '' : command` --key ${options.out}`;
  return `${command`fold prove`}${networkWords(context, 'argument')}${input}${given(context, ['insecureDev'])}${key}`;
}
