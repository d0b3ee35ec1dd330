/** The compressed proof of a run or a checkpoint: made, verified as the file that it is, and written. */
import { compressProof, type KeyedParameters } from '../api/compress.ts';
import { verifyOwnCompressed } from '../api/own-proof.ts';
import type { FoldedProof } from '../folding/proof.ts';
import type { Proven } from '../folding/proven.ts';
import { bytes, counted } from '../show/format.ts';
import { writeFileAtomic } from '../store/atomic.ts';
import { encodeCompressed } from '../store/compressed-file.ts';
import type { CommandContext } from './context.ts';
import { keyName } from './resolve.ts';

/** @returns a line about it, and its length */
export async function writeCompressed(
  { report, signal }: Pick<CommandContext, 'report' | 'signal'>,
  out: string,
  proof: Proven<FoldedProof>,
  parameters: KeyedParameters,
): Promise<{ readonly bytes: number; readonly line: string }> {
  const file = encodeCompressed(await compressProof(proof, parameters, { signal, on: report.on }));
  await verifyOwnCompressed(file, parameters, report.on);
  await writeFileAtomic(out, file, { mode: 0o600 });
  const { steps } = proof.statement;
  return {
    bytes: file.length,
    line: `compressed proof of ${counted(steps, 'step')}: ${out}, ${bytes(file.length)}, key ${keyName(parameters.key)}`,
  };
}
