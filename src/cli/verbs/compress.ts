/** `fold compress`: a proof of tens of kilobytes from a folded run or a checkpoint, without a proving key. */
import { basename, dirname, join } from 'node:path';
import type { KeyedParameters } from '../../api/compress.ts';
import { completeRun } from '../../api/listed-data.ts';
import { hex } from '../../api/statement.ts';
import { verify } from '../../api/verify.ts';
import { verifyRun } from '../../api/verify-run.ts';
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import type { FoldedProof } from '../../folding/proof.ts';
import type { Proven } from '../../folding/proven.ts';
import { writeCompressed } from '../../runs/compressed.ts';
import type { CommandContext } from '../../runs/context.ts';
import { keyOfRun, openPlan } from '../../runs/resolve.ts';
import { compressedLines } from '../../show/words.ts';
import { COMPRESSED_FILE } from '../../store/run-record.ts';
import type { Verb } from '../verb.ts';
import { isCheckpointFile, parametersOf, planOf, readProofFile } from '../verify/checkpoint.ts';

export const compressVerb: Verb = {
  name: 'compress',
  about:
    'Make a proof of some 35 kB from a folded run or a checkpoint, in seconds and with no proving key. For those who stay off-chain: it is not zero-knowledge, and no contract checks it.',
  argument: { name: '<path>', about: 'the folder of a run, or a checkpoint file' },
  options: ['plan', 'ptau', 'insecureDev', 'out'],
  meanings: [{ options: ['plan', 'insecureDev'], only: 'a checkpoint file', holds: ({ facts }) => facts.checkpoint! }],
  factsOf: async ({ argument }) => ({ checkpoint: await isCheckpointFile(argument!) }),
  examples: [
    'fold compress runs/digits512-512',
    'fold compress runs/long/checkpoints/000064.cbor --out first-steps.cbor',
    'fold compress runs/mine --ptau FILE.ptau',
  ],
  run: async (context) => {
    const { options, argument, report } = context;
    const checkpoint = await isCheckpointFile(argument!);
    const { proof, parameters } = checkpoint ? await openCheckpoint(context) : await openRun(context);
    const usual = checkpoint
      ? join(dirname(argument!), `${basename(argument!, '.cbor')}.${COMPRESSED_FILE}`)
      : join(argument!, COMPRESSED_FILE);
    const out = options.out ?? usual;
    const { bytes, line } = await writeCompressed(context, out, proof, parameters);
    const { wires, steps } = proof.statement;
    const modelDigest = hex(wires.modelDigest);
    const { key } = parameters;
    report.result('compress', { out, bytes, steps, modelDigest, key: key.name, insecure: key.insecure }, [
      line,
      ...compressedLines(key),
      `next: ${command`fold verify ${out} --model-digest ${modelDigest}`}${options.out === undefined ? '' : ', with plan.json beside it or --plan'}`,
    ]);
    return 0;
  },
};

interface Opened {
  readonly proof: Proven<FoldedProof>;
  readonly parameters: KeyedParameters;
}

async function openRun({ options, argument, report }: CommandContext): Promise<Opened> {
  const key = keyOfRun(options, (await completeRun(argument!)).key);
  const { proof, parameters } = await verifyRun(argument!, { key, on: report.on });
  return { proof, parameters: { ...parameters, key } };
}

async function openCheckpoint({ options, argument, report }: CommandContext): Promise<Opened> {
  const { folded } = await readProofFile(argument!);
  if (!folded)
    throw new FoldError('E_FORMAT', 'The proof is compressed already.', {
      expected: 'a checkpoint, or the folder of a run',
      got: argument!,
      hint: command`fold verify ${argument!}`,
    });
  const { key, parameters } = await parametersOf(
    folded,
    (await openPlan(options)) ?? (await planOf(argument!)),
    options,
  );
  const { proof } = await verify(folded, parameters, { prefix: true, on: report.on });
  return { proof, parameters: { ...parameters, key } };
}
