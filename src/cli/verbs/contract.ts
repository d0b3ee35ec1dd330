/** `fold contract`: the Solidity verifier of a run's key, and the contract of batches, each in one file. */

import { dirname, join } from 'node:path';
import { type FinalFiles, readFinal, readKey } from '../../api/final-run.ts';
import { slotsOf } from '../../api/specs.ts';
import { hex } from '../../api/statement.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import type { OptionValues } from '../../runs/options.ts';
import { bytes } from '../../show/format.ts';
import { writeFileAtomic } from '../../store/atomic.ts';
import {
  BATCH_CONTRACT,
  MACHINE_BATCH_CONTRACT,
  writeBatchContract,
  writeMachineBatchContract,
} from '../../wrap/contract/write-batch.ts';
import { writeVerifier } from '../../wrap/contract/write-verifier.ts';
import { isInsecure } from '../../wrap/verification-key.ts';
import type { Verb } from '../verb.ts';

export const contractVerb: Verb = {
  name: 'contract',
  about:
    'Write the Solidity contract that checks the final proofs of a key, and with --batch the one that finds items in batches: self-contained files. A key of the tensor machine (--vk, no run needed) serves every network.',
  argument: { name: '[folder]', about: 'the folder of a run with a final proof; not needed with --vk and --out' },
  options: ['out', 'vk', 'modelDigest', 'batch'],
  examples: [
    'fold contract runs/digits512-512 --out Verifier.sol',
    'fold contract runs/digits512-512 --out Verifier.sol --model-digest 0x...',
    'fold contract runs/batch --batch',
    'fold contract --vk verification_key.json --out FoldVerifier.sol',
  ],
  run: async ({ options, argument, report }) => {
    const { key, keyPinned, record } = await openKey(argument, options);
    const { modelDigest } = options;
    const slots = slotsOf(key.step);
    const network = `${record ? `${record.model.name}, ` : ''}${slots === undefined ? 'steps of the tensor machine: every network' : `steps of up to ${slots} layers, any depth`}`;
    const { name, source } = await writeVerifier({ vk: key.vk, network, modelDigest });
    const out = options.out ?? join(argument!, 'Verifier.sol');
    const content = new TextEncoder().encode(source);
    await writeFileAtomic(out, content);
    const batch = options.batch ? await writeBatch(join(dirname(out), 'Batch.sol'), slots === undefined) : undefined;
    const insecure = isInsecure(key.vk);
    report.result(
      'contract',
      {
        out,
        name,
        insecure,
        keyPinned,
        modelDigest: modelDigest === undefined ? null : hex(modelDigest),
        batch: batch?.out ?? null,
      },
      [
        `contract ${name} in ${out}, ${bytes(content.length)}`,
        modelDigest === undefined
          ? 'The model is NOT PINNED in it: a caller must compare statement.modelDigest (--model-digest pins it).'
          : `It accepts proofs of the model ${hex(modelDigest)} only.`,
        ...(!keyPinned
          ? [
              'The key in it is the one that came with the proof, and whoever made it may know its secrets (--vk names one you trust).',
            ]
          : []),
        ...(insecure ? ['INSECURE development key: anyone can forge proofs that this contract accepts.'] : []),
        ...(batch?.lines ?? []),
        ...(argument === undefined ? [] : [`next: ${command`fold gas ${argument}`}`]),
      ],
    );
    return 0;
  },
};

/** The key of a run with a final proof, or a key alone. @throws E_USAGE for neither, and as `readFinal` */
async function openKey(
  folder: string | undefined,
  { vk, out }: OptionValues,
): Promise<Pick<FinalFiles, 'key' | 'keyPinned' | 'record'>> {
  if (folder !== undefined) return readFinal(folder, vk);
  if (vk !== undefined && out !== undefined) return { key: await readKey(vk), keyPinned: true, record: undefined };
  throw new FoldError('E_USAGE', 'The contract of which key?', {
    expected: 'the folder of a run with a final proof, or --vk FILE and --out FILE',
    got: 'no folder',
    hint: 'fold contract --vk verification_key.json --out FoldVerifier.sol',
  });
}

/** Of slots the same file for every key and model, which its constructor takes; of the machine one contract for all models. */
async function writeBatch(
  out: string,
  machine: boolean,
): Promise<{ readonly out: string; readonly lines: readonly string[] }> {
  const source = await (machine ? writeMachineBatchContract() : writeBatchContract());
  const content = new TextEncoder().encode(source);
  await writeFileAtomic(out, content);
  return {
    out,
    lines: [
      `contract ${machine ? MACHINE_BATCH_CONTRACT : BATCH_CONTRACT} in ${out}, ${bytes(content.length)}`,
      machine
        ? '  It pins no model: a caller must compare the digest with the one that it trusts (fold commit prints it).'
        : '  Its constructor takes the model digest and the steps of one network: fold commit prints both.',
    ],
  };
}
