/** A random relaxed instance of a small system with its opening: any z satisfies the claim v = <eq(rho), Q(z)>. */
import type { Engine } from '../../src/algebra/engine.ts';
import { R } from '../../src/algebra/params.ts';
import type { BlockLayout } from '../../src/folding/layout.ts';
import type { FoldedWitness } from '../../src/wrap/spartan/blocks.ts';
import type { SpartanSystem } from '../../src/wrap/spartan/products.ts';
import type { SpartanClaim } from '../../src/wrap/spartan/proof.ts';
import { dot, eqValues, type SmallSizes, SmallSystem } from '../folding/small-system.ts';
import { seeded } from '../helpers/chains.ts';

export interface Folded {
  readonly system: SpartanSystem;
  readonly claim: SpartanClaim<bigint>;
  readonly witness: FoldedWitness;
  /** The blocks as their commitments have them. */
  readonly committed: readonly (readonly bigint[])[];
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
  const [M, P] = layout.blocks as [BlockLayout, BlockLayout];
  const blinding = [many(1), many(4)];
  const zeros = (n: number): bigint[] => new Array<bigint>(n).fill(0n);
  const F = z.slice(fields);
  const B = z.slice(bits, fields);
  return {
    system: { matrix, layout, rows: kernels },
    claim: { u: z[0]!, x: z[1]!, rho, v: dot(eqValues(rho), small.rows(z)) },
    witness: { z: engine.fr.encode(z), blinding: blinding.map((entries) => engine.fr.encode(entries)) },
    committed: [
      [...z.slice(model, bits), ...zeros(2 ** M.log - sizes.model - 1), ...blinding[0]!],
      [
        ...B,
        ...zeros(2 ** P.bits!.log - B.length),
        ...F,
        ...zeros(2 ** P.log - 2 ** P.bits!.log - F.length - 4),
        ...blinding[1]!,
      ],
    ],
  };
}
