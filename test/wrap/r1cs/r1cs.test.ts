import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { curves, wtns as snarkjsWtns } from 'snarkjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/algebra/engine.ts';
import { field } from '../../../src/algebra/field.ts';
import { createEngine } from '../../../src/algebra/index.ts';
import { R } from '../../../src/algebra/params.ts';
import { permute } from '../../../src/algebra/poseidon/permutation.ts';
import { type ConstraintSystem, multiply } from '../../../src/circuit/constraint-system.ts';
import { firstUnsatisfied } from '../../../src/wrap/r1cs/check.ts';
import { encodeWtns, writeR1cs } from '../../../src/wrap/r1cs/files.ts';
import { coefficientCount, type R1cs, r1csDigest, type SparseMatrix } from '../../../src/wrap/r1cs/r1cs.ts';
import { foldErrorOf, foldErrorOfAsync } from '../../helpers/errors.ts';
import { build, type Circuit, mixed } from '../random-circuit.ts';

const F = field(R);
let engine: Engine;
let folder: string;

beforeAll(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'layerfold-r1cs-'));
});
afterAll(async () => {
  await (await curves.getCurveFromName('bn128')).terminate();
  await rm(folder, { recursive: true });
});

const valueAt = (bytes: Uint8Array, i: number): bigint => F.fromBytes(bytes.subarray(32 * i, 32 * i + 32));

/** The constraints that a witness violates, by bigints and from the definition. */
function violated(r1cs: R1cs, w: Uint8Array): number[] {
  const dot = ({ start, signal, coef }: SparseMatrix, j: number): bigint => {
    let sum = 0n;
    for (let k = start[j]!; k < start[j + 1]!; k++)
      sum += valueAt(r1cs.coefficients, coef[k]!) * valueAt(w, signal[k]!);
    return sum % R;
  };
  return Array.from({ length: r1cs.constraints }, (_, j) => j).filter(
    (j) => F.mul(dot(r1cs.a, j), dot(r1cs.b, j)) !== dot(r1cs.c, j),
  );
}

const changed = (w: Uint8Array, signal: number): Uint8Array => {
  const copy = w.slice();
  copy.set(F.toBytes((valueAt(w, signal) + 1n) % R), 32 * signal);
  return copy;
};

describe('shape and witness', () => {
  test('satisfy every constraint, by bigints, by the engine and by snarkjs', async () => {
    const { r1cs, witness } = build(engine, mixed([5n, R - 3n], 7));
    const w = witness();
    expect(violated(r1cs, w)).toEqual([]);
    expect(firstUnsatisfied(engine, r1cs, w)).toBeUndefined();
    const path = join(folder, 'mixed.r1cs');
    await writeR1cs(path, r1cs);
    const quiet = { debug() {}, info() {}, warn() {}, error() {} };
    const mem = (data: Uint8Array) => ({ type: 'mem' as const, data });
    expect(await snarkjsWtns.check(path, mem(encodeWtns(R, w)), quiet)).toBe(true);
    expect(await snarkjsWtns.check(path, mem(encodeWtns(R, changed(w, 4))), quiet)).toBe(false);
  });

  test('are satisfied on random secrets', () => {
    const element = fc.bigInt(0n, R - 1n);
    fc.assert(
      fc.property(element, element, fc.integer({ min: 1, max: 6 }), (a, b, rounds) => {
        const { r1cs, witness } = build(engine, mixed([a, b], rounds));
        const w = witness();
        expect(violated(r1cs, w)).toEqual([]);
        expect(firstUnsatisfied(engine, r1cs, w)).toBeUndefined();
      }),
      { numRuns: 20 },
    );
  });

  test('every signal but the constant is bound: a change of any is noticed by both checks alike', () => {
    const { r1cs, witness } = build(engine, mixed([11n, 12n], 3));
    const w = witness();
    for (let s = 1; s < r1cs.signals; s++) {
      const bad = changed(w, s);
      const first = violated(r1cs, bad)[0];
      expect(first).toBeDefined();
      expect(firstUnsatisfied(engine, r1cs, bad)?.constraint).toBe(first);
    }
    expect(firstUnsatisfied(engine, r1cs, changed(w, 0))?.scope).toBe('the constant signal');
  });

  test('a value that is not canonical is refused', () => {
    const { r1cs, witness } = build(engine, mixed([11n, 12n], 1));
    const w = witness();
    w.fill(255, 32, 64);
    expect(foldErrorOf(() => firstUnsatisfied(engine, r1cs, w)).code).toBe('E_FORMAT');
  });

  test('public inputs are the signals 1..n, wherever the circuit asks for them', () => {
    const { r1cs, witness } = build(engine, (cs) => {
      const a = cs.field(() => 5n);
      const [x, y] = cs.publicInputs(() => [25n, 7n], 2);
      cs.row([a, a], [cs.scale(-1n, x!), cs.constant(1n)]);
      cs.row([cs.sub(y!, cs.constant(7n)), cs.constant(1n)]);
    });
    const w = witness();
    expect([0, 1, 2, 3].map((i) => valueAt(w, i))).toEqual([1n, 25n, 7n, 5n]);
    expect([...r1cs.a.signal]).toEqual([3, 0, 2]);
    expect(firstUnsatisfied(engine, r1cs, w)).toBeUndefined();
  });
});

describe('what a row costs', () => {
  const cost = (circuit: Circuit) => {
    const { constraints, signals } = build(engine, circuit).r1cs;
    return [constraints, signals - 1];
  };
  const pair = <E>(cs: ConstraintSystem<E>): [E, E] => [cs.field(() => 2n), cs.field(() => 3n)];

  test('k products are k constraints and k - 1 signals', () => {
    for (const k of [1, 2, 5]) {
      const circuit: Circuit = (cs) => {
        const vars = Array.from({ length: k + 1 }, () => cs.field(() => 0n));
        cs.row(...vars.slice(1).map((v) => [vars[0]!, v] as const));
      };
      expect(cost(circuit)).toEqual([k, k + 1 + k - 1]);
    }
  });
  test('a linear row is one constraint, whatever its constants', () => {
    expect(
      cost((cs) => {
        const [a, b] = pair(cs);
        cs.row([cs.constant(3n), a], [cs.scale(-2n, b), cs.constant(1n)], [cs.constant(0n), b]);
      }),
    ).toEqual([1, 2]);
  });
  test('equal products of a row are counted, in either order', () => {
    expect(
      cost((cs) => {
        const [a, b] = pair(cs);
        const six = cs.field(() => 18n);
        cs.row([a, b], [b, a], [cs.sum([[1n, a]]), b], [cs.scale(-1n, six), cs.constant(1n)]);
      }),
    ).toEqual([1, 3]);
  });
  test('a bit is one constraint; both its values and no other pass', () => {
    const bits: Circuit = (cs) => {
      cs.bits(2, () => 2n);
    };
    const { r1cs, witness } = build(engine, bits);
    expect(cost(bits)).toEqual([2, 2]);
    const w = witness();
    expect([1, 2].map((s) => valueAt(w, s))).toEqual([0n, 1n]);
    expect(violated(r1cs, changed(w, 1))).toEqual([]);
    expect(violated(r1cs, changed(w, 2))).toEqual([1]);
  });
  test('a value that does not fit its bits is our bug', () => {
    const circuit =
      (value: bigint): Circuit =>
      (cs) => {
        cs.bits(3, () => value);
      };
    const { witness } = build(engine, circuit(7n));
    expect(foldErrorOf(() => witness(circuit(8n))).code).toBe('E_BUG');
    expect(foldErrorOf(() => witness(circuit(-1n))).code).toBe('E_BUG');
  });

  test.each([2, 3, 5, 17])('Poseidon of width %i: three constraints per S-box, and the permutation itself', (t) => {
    const state = Array.from({ length: t }, (_, i) => BigInt(1000 * i + t));
    let out: bigint[] = [];
    const circuit: Circuit = (cs) => {
      const [first, ...rest] = state.map((value) => cs.field(() => value));
      const result = cs.permute([cs.add(first!, cs.constant(1n)), ...rest]);
      out = result.map((e) => (typeof e === 'bigint' ? e : 0n));
      multiply(cs, result[0]!, result[1]!);
    };
    const { r1cs, witness } = build(engine, circuit);
    const w = witness();
    expect(out).toEqual(permute(t, [state[0]! + 1n, ...state.slice(1)]));
    expect(violated(r1cs, w)).toEqual([]);
    expect(r1cs.constraints - 1).toBe(r1cs.signals - 1 - t - 1);
    if (t === 17) expect(r1cs.constraints - 1).toBe(612);
    for (const s of [1, t + 1, t + 2, t + 3, r1cs.signals - 2]) expect(violated(r1cs, changed(w, s))).not.toEqual([]);
  });

  test('a single fifth power takes three constraints, and every signal is bound', () => {
    let out: bigint | undefined;
    const { r1cs, witness } = build(engine, (cs) => {
      const result = cs.fifthPower(cs.field(() => R - 2n));
      if (typeof result === 'bigint') out = result;
    });
    const w = witness();
    expect([r1cs.constraints, out]).toEqual([3, R - 32n]);
    expect(violated(r1cs, w)).toEqual([]);
    for (const s of [1, 2, 3, 4]) expect(violated(r1cs, changed(w, s))).not.toEqual([]);
  });
});

describe('drift between shape and witness is our bug', () => {
  const { row, less, more } = {
    row: ((cs) =>
      multiply(
        cs,
        cs.field(() => 1n),
        cs.field(() => 2n),
      )) as Circuit,
    less: ((cs) => void cs.field(() => 1n)) as Circuit,
    more: ((cs) => {
      for (let k = 0; k < 9; k++) cs.field(() => 1n);
    }) as Circuit,
  };
  test.each([
    ['fewer signals', less],
    ['more signals', more],
  ])('%s', (_, other) => {
    expect(foldErrorOf(() => build(engine, row).witness(other)).code).toBe('E_BUG');
  });
  test('an empty row', () => {
    expect(
      foldErrorOf(() =>
        build(engine, (cs) => {
          cs.row([cs.constant(0n), cs.field(() => 1n)]);
        }),
      ).code,
    ).toBe('E_BUG');
  });
});

test('scopes add up to the whole', () => {
  const { r1cs } = build(engine, mixed([1n, 2n], 4));
  const sum = (key: 'constraints' | 'signals' | 'coefficients') => r1cs.scopes.reduce((s, scope) => s + scope[key], 0);
  expect(r1cs.scopes.map((s) => s.name)).toEqual(['', 'round 0', 'round 1']);
  expect([sum('constraints'), sum('signals'), sum('coefficients')]).toEqual([
    r1cs.constraints,
    r1cs.signals - 1,
    coefficientCount(r1cs),
  ]);
});

test('the digest knows every array', () => {
  const { r1cs } = build(engine, mixed([1n, 2n], 2));
  const hex = (system: R1cs) => Buffer.from(r1csDigest(system)).toString('hex');
  expect(hex(build(engine, mixed([3n, 4n], 2)).r1cs)).toBe(hex(r1cs));
  const withWord = (m: SparseMatrix, key: keyof SparseMatrix): SparseMatrix => {
    const words = m[key].slice();
    words[words.length - 1]! ^= 1;
    return { ...m, [key]: words };
  };
  const others = (['a', 'b', 'c'] as const).flatMap((name) =>
    (['start', 'signal', 'coef'] as const).map((key) => hex({ ...r1cs, [name]: withWord(r1cs[name], key) })),
  );
  expect(new Set([...others, hex(r1cs), hex({ ...r1cs, publicInputs: 1 })]).size).toBe(11);
});

describe('files', () => {
  test('leave nothing behind when they cannot be written', async () => {
    const { r1cs } = build(engine, mixed([1n, 2n], 1));
    expect((await foldErrorOfAsync(() => writeR1cs(join(folder, 'absent', 'x.r1cs'), r1cs))).code).toBe('E_DISK');
    await writeFile(join(folder, 'file'), '');
    expect((await foldErrorOfAsync(() => writeR1cs(join(folder, 'file', 'x.r1cs'), r1cs))).code).toBe('E_DISK');
  });
  test('a .wtns is 76 bytes of header and the signals', async () => {
    const { witness } = build(engine, mixed([1n, 2n], 1));
    const w = witness();
    const file = encodeWtns(R, w);
    expect(file.length).toBe(76 + w.length);
    expect(Buffer.from(file.subarray(76)).equals(w)).toBe(true);
  });
  test('a .r1cs has the size that its counts say', async () => {
    const { r1cs } = build(engine, mixed([1n, 2n], 3));
    const path = join(folder, 'size.r1cs');
    await writeR1cs(path, r1cs);
    const size = (await readFile(path)).length;
    expect(size).toBe(12 + 3 * 12 + 64 + 12 * r1cs.constraints + 36 * coefficientCount(r1cs) + 8 * r1cs.signals);
  });
});
