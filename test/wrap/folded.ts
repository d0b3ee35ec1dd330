/** A random relaxed instance of a small system with its opening: any z satisfies the claim v = <eq(rho), Q(z)>. */
import type { Engine } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import type { FoldedWitness } from '../../src/wrap/spartan/blocks.ts';
import type { SpartanSystem } from '../../src/wrap/spartan/products.ts';
import type { SpartanClaim } from '../../src/wrap/spartan/proof.ts';
import { dot, eqValues, type SmallSizes, SmallSystem } from '../folding/small-system.ts';
import { seeded } from '../helpers/chains.ts';

export interface Folded {
  readonly system: SpartanSystem;
  readonly claim: SpartanClaim<bigint>;
  readonly witness: FoldedWitness;
  /** M and P as their commitments have them. */
  readonly model: readonly bigint[];
  readonly committed: readonly bigint[];
}

/** Seeded elements of Fr. */
export function elementsFrom(seed: number): () => bigint {
  const random = seeded(seed);
  return () => {
    let value = 0n;
    for (let k = 0; k < 8; k++) value = (value << 32n) | BigInt(Math.floor(random() * 2 ** 32));
    return value % R;
  };
}

export function foldedInstance(engine: Engine, sizes: SmallSizes): Folded {
  const small = new SmallSystem(engine, sizes);
  const { matrix, kernels } = small.system;
  const { layout } = small;
  const next = elementsFrom(sizes.seed);
  const many = (n: number): bigint[] => Array.from({ length: n }, next);
  const z = many(matrix.matrix.variables);
  const rho = many(layout.rowLog);
  const { model, bits, fields } = matrix.offsets;
  const [modelBlinding, witnessBlinding] = [many(1), many(4)];
  const zeros = (n: number): bigint[] => new Array<bigint>(n).fill(0n);
  const F = z.slice(fields);
  const B = z.slice(bits, fields);
  return {
    system: { matrix, layout, rows: kernels },
    claim: { u: z[0]!, x: z[1]!, rho, v: dot(eqValues(rho), small.rows(z)) },
    witness: {
      z: engine.fr.encode(z),
      modelBlinding: engine.fr.encode(modelBlinding),
      witnessBlinding: engine.fr.encode(witnessBlinding),
    },
    model: [...z.slice(model, bits), ...zeros(2 ** layout.modelLog - sizes.model - 1), ...modelBlinding],
    committed: [
      ...B,
      ...zeros(2 ** layout.bitLog - B.length),
      ...F,
      ...zeros(2 ** layout.witnessLog - 2 ** layout.bitLog - F.length - 4),
      ...witnessBlinding,
    ],
  };
}
