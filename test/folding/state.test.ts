/** The table of a chain's state: another one than the layers' own, in the circuit as on values. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { nativeSponge } from '../../src/algebra/sponge.ts';
import {
  checkState,
  elementOf,
  enterState,
  entersState,
  isStart,
  itemOfState,
  LAYER_STATE,
  layerWires,
  leaveState,
  nextState,
  type StateSpec,
  startState,
} from '../../src/folding/state.ts';
import { Gadget } from '../helpers/circuit.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();
/** One element of each kind; the carried ones stand apart. */
const OTHER: StateSpec = {
  kind: 'layers',
  elements: [
    { name: 'o', start: 'zero', next: 'leave' },
    { name: 'sum', start: 'zero', next: 'carried' },
    { name: 'h', enter: true, start: 'input', next: 'leave' },
    { name: 'hIn', start: 'input', next: 'carried' },
  ],
};
const LAYERS = layerWires({ input: 33n, output: 44n, readout: 55n });

describe.each([
  ["the layers' state", LAYER_STATE, { inside: [44n, 22n, 55n], begun: [44n, 33n, 55n] }, [33n, 22n, 11n]],
  ['another state', OTHER, { inside: [55n, 7n, 44n, 22n], begun: [55n, 0n, 44n, 33n] }, [11n, 7n, 33n, 22n]],
] as const)('%s', (_name, spec, expected, z) => {
  // boundary, input, output, readout, then the state; gives the next state
  const size = 4 + spec.elements.length;
  const circuit = new Gadget(engine, 'fr', size, (cs, [begins, input, output, readout, ...state]) => {
    const wires = layerWires({ input: input!, output: output!, readout: readout! });
    const passed = enterState(cs, spec, wires, { z: state, begins: begins!, trace: undefined, salts: [] });
    return [...leaveState(spec, passed, wires)];
  });
  const run = (begins: bigint, input: bigint, state: readonly bigint[]) =>
    circuit.run([begins, input, 44n, 55n, ...state]);

  it('goes on inside a network, and begins anew with the next one', () => {
    expect(run(0n, 33n, z).outputs).toEqual(expected.inside);
    expect(nextState(spec, z, LAYERS, { begins: false, trace: undefined })).toEqual(expected.inside);
    const before = z.map((v, k) => (spec.elements[k]!.enter ? 99n : v));
    expect(run(1n, 33n, before).outputs).toEqual(expected.begun);
    expect(nextState(spec, before, LAYERS, { begins: true, trace: undefined })).toEqual(expected.begun);
  });

  it('is read by the layers inside a network only', () => {
    const other = z.map((v, k) => (spec.elements[k]!.enter ? v + 1n : v));
    const violated = (boundary: bigint, state: readonly bigint[]): boolean =>
      circuit.system.violation(run(boundary, 33n, state).z) !== undefined;
    expect([violated(0n, z), violated(0n, other), violated(1n, other)]).toEqual([false, true, false]);
    const enters = (state: readonly bigint[], begins: boolean): boolean =>
      entersState(nativeSponge(engine), spec, LAYERS, { z: state, begins, salts: [] });
    expect([enters(z, false), enters(other, false), enters(other, true)]).toEqual([true, false, true]);
  });

  it('starts with the digest of an input and zeros', () => {
    const start = startState(spec, 9n, 0n);
    expect(start).toEqual(spec.elements.map((element) => (element.start === 'input' ? 9n : 0n)));
    expect(isStart(spec, start)).toBe(true);
    for (const k of start.keys()) expect(isStart(spec, start.with(k, 1n)), `element ${k}`).toBe(false);
  });

  it('claims its input and its output by name', () => {
    expect(itemOfState(spec, z)).toEqual({ hIn: 22n, o: 11n });
    expect(elementOf(spec, z, 'h')).toBe(33n);
    for (const wrong of [z.slice(1), [...z, 0n]]) {
      expect(foldErrorOf(() => checkState(spec, wrong)).code).toBe('E_REJECTED');
      expect(foldErrorOf(() => itemOfState(spec, wrong)).code).toBe('E_REJECTED');
    }
    expect(foldErrorOf(() => elementOf(spec, z, 'k')).code).toBe('E_BUG');
  });
});
