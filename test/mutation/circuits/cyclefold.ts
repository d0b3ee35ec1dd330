/** The CycleFold circuit over Fq. */
import { add, mul } from '../../../src/algebra/curve.ts';
import { G1_PARAMS, Q } from '../../../src/algebra/params.ts';
import { cycleFoldCircuit } from '../../../src/folding/cyclefold-circuit.ts';
import { scalarOfChallenge } from '../../../src/folding/fold-verifier.ts';
import { elementsFrom } from '../../wrap/folded.ts';
import { Recorder } from '../recorder.ts';
import type { CircuitUnderMutation } from './circuit.ts';

export function cycleFoldUnderMutation(): CircuitUnderMutation {
  const next = elementsFrom(99);
  const point = () => mul(G1_PARAMS, G1_PARAMS.generator, next())!;
  const challenges = [next() >> 126n, 0n, (1n << 128n) - 1n, next() >> 126n];
  return {
    name: 'cyclefold',
    situations: challenges.map((r, k) => {
      const [A, B] = [point(), point()];
      const C = add(G1_PARAMS, A, mul(G1_PARAMS, B, scalarOfChallenge(r)))!;
      return {
        name: `challenge ${k}`,
        holds: {},
        record(cheat) {
          const recorder = new Recorder(Q, {}, cheat);
          cycleFoldCircuit(recorder, () => [r, A.x, A.y, B.x, B.y, C.x, C.y]);
          return recorder;
        },
      };
    }),
  };
}
