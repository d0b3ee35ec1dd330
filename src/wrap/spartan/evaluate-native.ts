/** The sums of evaluate.ts on values, by whole vectors: what a circuit does row by row takes a tenth of the time so. */

import { concat } from '../../algebra/concat.ts';
import type { Engine, Vec } from '../../algebra/engine.ts';
import { FIELD_BYTES } from '../../algebra/engine.ts';
import { field } from '../../algebra/field.ts';
import { R } from '../../algebra/params.ts';
import { gather, padded, slice, take, zeros } from './blocks.ts';
import type { Evaluate } from './evaluate.ts';
import { productList, type SpartanSystem } from './products.ts';

const F = field(R);

export function nativeEvaluation(engine: Engine, system: SpartanSystem): Evaluate<bigint> {
  const { fr } = engine;
  const { matrix, layout } = system;
  const list = productList(system);
  const coefficients = fr.encode(list.coefficients);
  const dot = (a: Vec, b: Vec): bigint => fr.decode(fr.dot(a, b))[0]!;
  return ({ root, rho, r, gamma, ry, u, x, claims }) => {
    const [eqRho, eqR] = [fr.eqTable(fr.encode(rho)), fr.eqTable(fr.encode(r))];
    const weights = padded(eqRho, 2 ** list.log);
    gather(eqRho, list.products.row, weights, list.products.position);

    /** value times (1 - ry_j)^2 for the coordinates from `log` on: of the vector and of its weights. */
    const rooted = (value: bigint, log: number): bigint =>
      ry.slice(log).reduce((product, c) => F.mul(product, F.pow(F.sub(1n, c), 2n)), value);
    /** Z: every variable's eq value times the extension of its vector. */
    const table = (value: bigint, log: number): Vec => {
      const out = zeros(2 ** log);
      fr.axpy(out, fr.encode([value]), fr.eqTable(fr.encode(ry.slice(0, log))));
      return out;
    };
    const z = zeros(matrix.matrix.variables);
    z.set(table(rooted(F.add(u, F.mul(ry[0]!, F.sub(x, u))), 1), 1));
    for (const [k, { log, bits, fields }] of layout.blocks.entries()) {
      const values = table(rooted(claims[k]!, log), log);
      const put = (part: typeof fields.part, at: number): void =>
        z.set(slice(values, at, at + matrix.sizes[part]), matrix.offsets[part] * FIELD_BYTES);
      if (bits) put(bits.part, 0);
      put(fields.part, fields.at);
    }
    const operands = concat([z, system.rows.forms(z)]);

    const { products, boxes, linear } = list;
    const atProducts = take(eqR, products.position);
    const left = dot(fr.mul(take(coefficients, products.coefficient), atProducts), take(operands, products.left));
    const right = dot(atProducts, take(operands, products.right));
    const inputs = dot(take(eqR, boxes.row), take(operands, boxes.operand));
    const ofRows = dot(
      fr.mul(take(coefficients, linear.coefficient), take(eqRho, linear.row)),
      take(operands, linear.operand),
    );
    const onLeft = F.add(left, F.mul(root, ofRows));
    return {
      weight: F.mul(root, dot(weights, eqR)),
      listed: F.add(onLeft, F.mul(gamma, F.add(right, F.mul(gamma, inputs)))),
    };
  };
}
