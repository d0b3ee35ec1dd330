/** A program of three steps that the attacks change: an input, a step between, an output; every unit gives something. */
import type { Program } from '../../src/machine/program.ts';
import { SHIFT, TOY, VECTOR } from '../../src/machine/shape.ts';
import { port, programOf, StepBuilder } from '../helpers/machine-program.ts';

const UNIT = 2 ** SHIFT;
const TAG = -77;
const each = (of: (l: number) => number): number[] => Array.from({ length: VECTOR }, (_, l) => of(l));
/** Weights of output lane l: so much of lane l of the row's first vector, and of its second. */
const diagonal = (l: number, first: number, second: number): number[] => {
  const weights = new Array<number>(2 * VECTOR).fill(0);
  weights[l] = first;
  weights[VECTOR + l] = second;
  return weights;
};

export function attackedProgram(): { readonly program: Program; readonly input: number[] } {
  const [p, q, o] = [0, 1, 2].map((j) => new StepBuilder(TOY, j)) as [StepBuilder, StepBuilder, StepBuilder];
  p.input()
    .constant(
      1,
      each((l) => l + 1),
    )
    .constant(2, [7, 1, TAG])
    .constant(3, [-2, 4, TAG]);
  for (let l = 0; l < VECTOR; l++) {
    p.shared(0, l, diagonal(l, UNIT, UNIT));
    // of the second row into the first
    p.weights(0, l, diagonal((5 * l) % VECTOR, UNIT / 16 + l, -UNIT / 32), 2 * VECTOR);
    p.shared(2, l, diagonal(l, UNIT, -UNIT / 2)).computed(2, l, [p.at.constant(1), 0]);
    q.shared(0, l, diagonal(l, UNIT / 2, UNIT / 4)).shared(2, l, diagonal((l + 1) % VECTOR, UNIT, 0));
  }
  // relu of the inputs' sum; squares plus a residual; a linear map with computed weights; a copy
  p.bank(0, 0, [p.at.input(0), p.at.input(1)])
    .m(0, 0, [0, 0, 1, 0, 0])
    .bias(
      0,
      0,
      each((l) => 999 * l),
    );
  p.bank(0, 1, [p.at.constant(1), 0])
    .z(0, 1, p.at.constant(1))
    .y(0, 1, p.at.input(0))
    .m(0, 1, [0, 1, 0, 1, 0]);
  p.lookup(
    0,
    0,
    0,
    each((l) => p.at.constant(2 + (l % 2))),
    TAG,
  );
  p.bank(2, 0, [p.at.lane(0, 0), p.at.lane(0, 1)])
    .y(2, 0, p.at.constant(1))
    .m(2, 0, [1, 0, 0, 0, 3]);
  p.y(2, 1, p.at.lane(0, 0)).m(2, 1, [0, 0, 0, 1, 0]);

  q.constant(
    0,
    each((l) => l % 2),
  );
  q.bank(0, 0, [p.at.lane(2, 0), p.at.values(0, 0)]).m(0, 0, [0, 0, 1, 0, 0]);
  q.bank(0, 1, [p.at.lane(2, 1)]).m(0, 1, [1, 0, 0, 0, 0]);
  q.bank(0, TOY.rows - 1, [q.at.constant(0)], 1).lookup(0, 0, 1, p.at.constant(2), TAG);
  q.bank(2, 0, [q.at.lane(0, 0), 0])
    .y(2, 0, q.at.slopes(0, 0))
    .m(2, 0, [1, 0, 1, 1, 0]);
  q.y(2, 1, q.at.lane(0, 1)).m(2, 1, [0, 0, 0, 1, 0]);

  o.output([q.at.lane(2, 0), q.at.lane(2, 1)]).reveal(q.at.lane(0, 0));
  const size = TOY.io * VECTOR;
  const ports = { inputs: [port('x', size)], outputs: [port('y', size)], reveals: 'class' } as const;
  const input = Array.from({ length: size }, (_, i) => ((37 * i) % 101) - 40);
  return { program: programOf(TOY, [p, q, o], ports), input };
}
