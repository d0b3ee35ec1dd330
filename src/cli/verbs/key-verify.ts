/** `fold key verify`: is this key that of our own circuit, from that ceremony, with honest contributions? */
import { constants } from 'node:fs';
import { copyFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ptauKeySource } from '../../api/keys.ts';
import { plan } from '../../api/plan.ts';
import { buildWrap, loadWrapKey, wrapKeyPath } from '../../api/wrap.ts';
import { FoldError } from '../../errors.ts';
import { stage } from '../../events.ts';
import { makeFolder } from '../../store/atomic.ts';
import { OTHER_CACHE } from '../../store/cache.ts';
import { diskError } from '../../store/disk-error.ts';
import { sweepLeft, temporaryPath } from '../../store/temporary.ts';
import { verifyKey } from '../../wrap/groth16/ceremony.ts';
import { writeKeyDigest } from '../../wrap/groth16/key-digest.ts';
import { writeR1cs } from '../../wrap/r1cs/files.ts';
import { openInput, openModel, openQuantized } from '../subject.ts';
import { MODEL_OPTIONS, PLAN_OPTIONS, type Verb } from '../verb.ts';

/** Of hundreds of megabytes, for snarkjs. */
const CIRCUIT = 'layerfold-wrap.r1cs';

export const keyVerifyVerb: Verb = {
  name: 'key verify',
  about:
    'Check a finished key against the circuit, rebuilt here, and the powers of tau; then keep it, so that fold prove finds it.',
  argument: { name: '<key>', about: 'the finished key, a .zkey file' },
  options: [...MODEL_OPTIONS, 'input', ...PLAN_OPTIONS, 'ptau'],
  examples: ['fold key verify wrap-final.zkey --model MODEL.onnx --plan plan.json --ptau FILE.ptau'],
  run: async (context) => {
    const { options, argument, report, signal } = context;
    const ptau = options.ptau;
    if (ptau === undefined)
      throw new FoldError('E_USAGE', 'A key is checked against the powers of tau that it was made from.', {
        expected: '--ptau FILE',
        got: 'none (a development key is insecure by itself: there is nothing to check)',
      });
    const loaded = await openModel({ options, argument: undefined });
    const model = await openQuantized(context, loaded, await openInput(context, loaded));
    const planned = await plan(model, ptauKeySource(ptau), report.on);
    const target = { ...planned, step: model.plan.step };
    const r1cs = await buildWrap(target, { signal, on: report.on });
    await loadWrapKey(target, r1cs, argument!);
    await sweepLeft(tmpdir(), CIRCUIT);
    const circuit = temporaryPath(join(tmpdir(), CIRCUIT));
    try {
      const holds = await stage(report.on, 'verify', async () => {
        await writeR1cs(circuit, r1cs);
        return verifyKey(circuit, ptau, argument!, { signal });
      });
      if (!holds)
        throw new FoldError('E_REJECTED', 'The key is not what it says.', {
          expected: 'the key of this circuit from these powers of tau, every contribution valid',
          got: argument!,
        });
    } finally {
      await rm(circuit, { force: true });
    }
    const path = wrapKeyPath(target);
    await keep(argument!, path);
    report.result('key verify', { key: argument, kept: path }, [
      `${argument} is the key of this circuit, and every contribution to it is valid.`,
      'Whether one of the contributors was honest is for you to know: compare the names and hashes that they published.',
      `kept as ${path}, where fold prove finds it with this plan and these powers of tau.`,
    ]);
    return 0;
  },
};

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
