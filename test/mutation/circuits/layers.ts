/** The layers of a step: matrices and convolutions, signed and not. */
import type { Engine } from '../../../src/algebra/engine.ts';
import { R } from '../../../src/algebra/params.ts';
import { buildLayers } from '../../../src/layers/step.ts';
import { smallStep } from '../../layers/small-step.ts';
import { Recorder } from '../recorder.ts';
import type { CircuitUnderMutation, Situation } from './circuit.ts';

const SEEDS = [1, 2, 3];
const FURTHER = Array.from({ length: 40 }, (_, k) => 4 + k);

export function layersUnderMutation(engine: Engine): CircuitUnderMutation[] {
  const kinds = ['dense', 'conv'] as const;
  return kinds.flatMap((kind) =>
    [false, true].map((signed) => {
      const situation = (seed: number): Situation => ({
        name: `seed ${seed}`,
        holds: {},
        record() {
          const { step, model, witness } = smallStep(engine, kind, signed, seed);
          const integers = (values: Float64Array | Uint8Array): bigint[] => Array.from(values, (v) => BigInt(v));
          const fields = [...integers(witness.small), ...engine.fr.decode(witness.fields).slice(0, 3)];
          const recorder = new Recorder(R, { model: integers(model), bits: integers(witness.bits), fields });
          buildLayers(recorder, step);
          return recorder;
        },
      });
      return {
        name: `layers ${kind}${signed ? ' signed' : ''}`,
        situations: SEEDS.map(situation),
        further: FURTHER.map(situation),
      };
    }),
  );
}
