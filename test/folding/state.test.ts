/** The table of a chain's state: another one than the layers' own, in the circuit as on values. */
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import {
  checkState,
  elementOf,
  enterState,
  isStart,
  itemOfState,
  LAYER_STATE,
  leaveState,
  nextState,
  readsState,
  type StateSpec,
  startState,
} from '../../src/folding/state.ts';
import { Gadget } from '../helpers/circuit.ts';
import { foldErrorOf } from '../helpers/errors.ts';

const engine = await createEngine();
/** One element of each kind; the carried ones stand apart. */
const OTHER: StateSpec = [
  { name: 'o', start: 'zero', next: 'readout' },
  { name: 'sum', start: 'zero', next: 'carried' },
  { name: 'h', start: 'input', read: true, next: 'output' },
  { name: 'hIn', start: 'input', next: 'carried' },
];
const LAYERS = { input: 33n, output: 44n, readout: 55n };

describe.each([
  ["the layers' state", LAYER_STATE, { inside: [44n, 22n, 55n], begun: [44n, 33n, 55n] }, [33n, 22n, 11n]],
  ['another state', OTHER, { inside: [55n, 7n, 44n, 22n], begun: [55n, 0n, 44n, 33n] }, [11n, 7n, 33n, 22n]],
] as const)('%s', (_name, spec, expected, z) => {
  // boundary, input, output, readout, then the state; gives the next state
  const circuit = new Gadget(engine, 'fr', 4 + spec.length, (cs, [boundary, input, output, readout, ...state]) => {
    const carried = enterState(cs, spec, { z: state, boundary: boundary!, input: input! });
    return [...leaveState(spec, carried, { input: input!, output: output!, readout: readout! })];
  });
  const run = (boundary: bigint, input: bigint, state: readonly bigint[]) =>
    circuit.run([boundary, input, LAYERS.output, LAYERS.readout, ...state]);

  it('goes on inside a network, and begins anew with the next one', () => {
    expect(run(0n, 33n, z).outputs).toEqual(expected.inside);
    expect(nextState(spec, z, LAYERS, false)).toEqual(expected.inside);
    const before = z.map((v, k) => (spec[k]!.read ? 99n : v));
    expect(run(1n, 33n, before).outputs).toEqual(expected.begun);
    expect(nextState(spec, before, LAYERS, true)).toEqual(expected.begun);
  });

  it('is read by the layers inside a network only', () => {
    const other = z.map((v, k) => (spec[k]!.read ? v + 1n : v));
    const violated = (boundary: bigint, state: readonly bigint[]): boolean =>
      circuit.system.violation(run(boundary, 33n, state).z) !== undefined;
    expect([violated(0n, z), violated(0n, other), violated(1n, other)]).toEqual([false, true, false]);
    expect([readsState(spec, z, 33n), readsState(spec, other, 33n)]).toEqual([true, false]);
  });

  it('starts with the digest of an input and zeros', () => {
    const start = startState(spec, 9n, 0n);
    expect(start).toEqual(spec.map((element) => (element.start === 'input' ? 9n : 0n)));
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
