/**
 * Compressed proofs: digits512 folded under the transparent key and compressed, by the processor time of this process. The inner-product
 * argument over the key is most of it. `--rounds N`: compressed and verified so often.
 */
import {
  compressProof,
  encodeCompressed,
  loadModel,
  plan,
  prove,
  quantize,
  transparentKeySource,
  verify,
  verifyCompressedProof,
} from '../src/index.ts';
import type { BenchOptions } from './measure.ts';

const NAME = 'compressed.digits512';

export async function compressed({ rounds, wants, report }: BenchOptions): Promise<void> {
  if (!wants(NAME)) return;
  const model = await loadModel({ network: 'digits512', layers: 512 });
  const key = transparentKeySource();
  const planned = await plan(quantize(model), key);
  const folded = await prove(planned, model.sample!, { workers: 2 });
  const { proof } = await verify(folded.proof, planned);
  for (let round = 0; round < rounds; round++) {
    const made = await processorSeconds(() => compressProof(proof, { ...planned, key }));
    const verified = await processorSeconds(() => verifyCompressedProof(made.result, { ...planned, key }));
    report([
      { name: `${NAME}.made`, value: made.seconds, unit: 's' },
      { name: `${NAME}.verified`, value: verified.seconds, unit: 's' },
      { name: `${NAME}.bytes`, value: encodeCompressed(made.result).length, unit: 'bytes' },
    ]);
  }
}

async function processorSeconds<T>(run: () => Promise<T>): Promise<{ readonly result: T; readonly seconds: number }> {
  const from = process.cpuUsage();
  const result = await run();
  const { user, system } = process.cpuUsage(from);
  return { result, seconds: (user + system) / 1e6 };
}
