/** Folds and verifies programs of the tensor machine under the transparent key, one step circuit and the same threads for all. */
import { runItem } from '../src/api/items.ts';
import { transparentKeySource } from '../src/api/keys.ts';
import type { MachineModel } from '../src/api/model.ts';
import { buildPlan } from '../src/api/plan.ts';
import { type FoldThreads, proveOn, withThreads } from '../src/api/prove.ts';
import { statementOf } from '../src/api/statement.ts';
import { verify } from '../src/api/verify.ts';
import { FoldError } from '../src/errors.ts';
import type { Tensor } from '../src/ir/graph.ts';
import { STANDARD } from '../src/machine/shape.ts';
import { hex } from '../src/units.ts';

/** @returns seconds of folding @throws FoldError for a proof that is not of that run */
export type Prove = (run: { readonly model: MachineModel; readonly input: Tensor }) => Promise<number>;

export async function withProver<T>(work: (prove: Prove) => Promise<T>): Promise<T> {
  const key = transparentKeySource();
  const built = await buildPlan({ machine: STANDARD }, key);
  const proveWith =
    (threads: FoldThreads): Prove =>
    async ({ model, input }) => {
      const planned = { ...built, key, model };
      const start = performance.now();
      const { proof } = await proveOn(threads, planned, input);
      const seconds = (performance.now() - start) / 1000;
      await verify(proof, planned);
      const { digests } = runItem(planned, input);
      const told = statementOf(proof);
      if (told.inputDigest !== hex(digests.hIn) || told.outputDigest !== hex(digests.o))
        throw new FoldError('E_REJECTED', 'The proof is of another input or output.');
      return seconds;
    };
  return withThreads(built, { machine: STANDARD }, {}, (threads) => work(proveWith(threads)));
}
