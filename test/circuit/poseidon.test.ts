/** Poseidon and the sponge in the circuit, against the kernel and against a plain re-implementation. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createEngine } from '../../src/algebra/index.ts';
import { R } from '../../src/algebra/params.ts';
import { permute, permuteTraced } from '../../src/algebra/poseidon/permutation.ts';
import { domainTag, hash, nativeSponge, type SpongeArithmetic, Transcript } from '../../src/algebra/sponge.ts';
import { poseidonTemplate } from '../../src/circuit/poseidon-template.ts';
import { poseidonSboxes } from '../../src/circuit/witness.ts';
import { elements, Gadget } from '../helpers/circuit.ts';
import { PlainTranscript, plainHash } from '../helpers/sponge.ts';

const engine = await createEngine();
const native = nativeSponge(engine);
const WIDTHS = Array.from({ length: 16 }, (_, k) => k + 2);
/** Partial rounds for t = 2..17: circomlib's table. */
const PARTIAL = [56, 57, 56, 60, 60, 63, 64, 63, 60, 66, 60, 65, 70, 60, 64, 68];

describe('the permutation as rows', () => {
  it.each(WIDTHS)('width %i agrees with the permutation, its trace and the S-box count', (t) => {
    const gadget = new Gadget(engine, 'fr', t, (cs, state) => cs.permute(state));
    const boxes = 8 * t + PARTIAL[t - 2]!;
    expect(poseidonSboxes(t)).toBe(boxes);
    expect(poseidonTemplate(t).sboxes.length).toBe(boxes);
    expect(gadget.cost).toEqual({ rows: 0, boxes, bits: 0, fields: boxes, products: 0 });
    for (const state of [
      new Array<bigint>(t).fill(0n),
      Array.from({ length: t }, (_, k) => R - 1n - (BigInt(k) ** 70n % R)),
    ]) {
      expect(gadget.accepted(state)).toEqual(permute(t, state));
      expect(gadget.run(state).z.slice(-boxes)).toEqual(permuteTraced(t, state).powers[2]);
    }
  });

  it('takes 204 rows at width 17', () => {
    expect(poseidonSboxes(17)).toBe(204);
  });

  it.each([2, 3, 17])('width %i: every S-box variable and every input is bound', (t) => {
    const gadget = new Gadget(engine, 'fr', t, (cs, state) => cs.permute(state));
    const { z } = gadget.run(Array.from({ length: t }, (_, k) => BigInt(k)));
    expect(gadget.system.undetected(z)).toEqual([]);
  });

  it('takes constants and forms as its state', () => {
    const gadget = new Gadget(engine, 'fr', 1, (cs, [a]) =>
      cs.permute([cs.constant(9n), cs.scale(2n, a!), cs.add(a!, cs.constant(1n))]),
    );
    fc.assert(
      fc.property(elements(R), (a) => {
        expect(gadget.accepted([a])).toEqual(permute(3, [9n, (2n * a) % R, (a + 1n) % R]));
      }),
      { numRuns: 10 },
    );
  });
});

describe('hash', () => {
  it.each([0, 1, 2, 5, 15, 16, 17, 32, 33])('of %i elements: circuit, kernel and plain sponge agree', (n) => {
    const gadget = new Gadget(engine, 'fr', n, (cs, inputs) => [hash(cs, 'test', inputs)]);
    fc.assert(
      fc.property(fc.array(elements(R), { minLength: n, maxLength: n }), (inputs) => {
        const expected = plainHash('test', inputs);
        expect(hash(native, 'test', inputs)).toBe(expected);
        expect(gadget.accepted(inputs)).toEqual([expected]);
      }),
      { numRuns: 5 },
    );
  });

  it('costs one permutation of the smallest width, then one of 17 for every 16 elements', () => {
    const boxes = (n: number): number | undefined =>
      new Gadget(engine, 'fr', n, (cs, x) => [hash(cs, 'test', x)]).cost.boxes;
    expect([0, 1, 2, 16, 17, 32, 33].map(boxes)).toEqual([72, 72, 81, 204, 408, 408, 612]);
  });

  it('separates domains, lengths, orders and values', () => {
    const h = (domain: string, inputs: bigint[]): bigint => hash(native, domain, inputs);
    const digests = [
      h('a', [1n, 2n]),
      h('b', [1n, 2n]),
      h('a', [2n, 1n]),
      h('a', [1n, 3n]),
      h('a', [1n, 2n, 0n]),
      h('a', [1n]),
      h('a', []),
      h('a', [0n]),
      h('a', [0n, 0n]),
      ...[15, 16, 17, 32, 33].map((n) => h('a', new Array<bigint>(n).fill(0n))),
      new Transcript(native, 'a').squeeze(),
    ];
    expect(new Set(digests).size).toBe(digests.length);
  });

  it('tags: the name in ASCII above 32 bits of length', () => {
    expect(domainTag('ab', 3)).toBe((0x6162n << 32n) | 3n);
    expect(domainTag('', 0)).toBe(0n);
  });

  it('keeps its values from one version to the next', () => {
    expect(hash(native, 'link', [1n, 2n, 3n])).toMatchInlineSnapshot(
      `9954564630771925129365473820518905053135240763911553267037173662934278928668n`,
    );
    expect(
      hash(
        native,
        'link',
        Array.from({ length: 40 }, (_, k) => BigInt(k)),
      ),
    ).toMatchInlineSnapshot(`21505033948096492640146167925452615346910425070898326228182491773050718286406n`);
    const transcript = new Transcript(native, 'fold');
    transcript.absorb(1n, 2n);
    expect(transcript.squeeze()).toMatchInlineSnapshot(
      `13423577504054465816337232610681840873607915278279870809144410666283585948110n`,
    );
    expect(transcript.squeeze()).toMatchInlineSnapshot(
      `4403126845177709697474051085177156192821980192749933462033388797957290047939n`,
    );
  });
});

/** Lengths of the messages between squeezes. */
const pattern = fc.array(fc.nat(35), { minLength: 1, maxLength: 3 });

describe('Transcript', () => {
  const run = <E>(f: SpongeArithmetic<E>, messages: readonly (readonly E[])[]): E[] => {
    const transcript = new Transcript(f, 'fold');
    return messages.map((message) => {
      for (const e of message) transcript.absorb(e);
      return transcript.squeeze();
    });
  };

  it('agrees in circuit, kernel and plain sponge for any pattern of messages', () => {
    fc.assert(
      fc.property(pattern, fc.infiniteStream(elements(R)), (lengths, stream) => {
        const messages = lengths.map((n) => Array.from({ length: n }, () => stream.next().value));
        const plain = new PlainTranscript('fold');
        const expected = messages.map((message) => plain.squeeze(...message));
        expect(run(native, messages)).toEqual(expected);
        const flat = messages.flat();
        const gadget = new Gadget(engine, 'fr', flat.length, (cs, x) => {
          let at = 0;
          return run(
            cs,
            lengths.map((n) => {
              at += n;
              return x.slice(at - n, at);
            }),
          );
        });
        expect(gadget.accepted(flat)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });

  it('squeezes what depends on every message before, on the order and on the domain', () => {
    const squeezes = (...messages: bigint[][]): bigint => run(native, messages).at(-1)!;
    const other = new Transcript(native, 'other');
    other.absorb(1n);
    other.squeeze();
    other.absorb(2n);
    const values = [
      squeezes([1n], [2n]),
      squeezes([2n], [1n]),
      squeezes([1n, 2n], []),
      squeezes([], [1n, 2n]),
      squeezes([1n, 2n]),
      squeezes([3n], [2n]),
      squeezes([1n], [], [2n]),
      squeezes([1n]),
      squeezes([1n], []),
      other.squeeze(),
    ];
    expect(new Set(values).size).toBe(values.length);
  });

  it('leaves no freedom: a changed S-box value violates a row', () => {
    const gadget = new Gadget(engine, 'fr', 3, (cs, x) => run(cs, [x.slice(0, 2), x.slice(2)]));
    expect(gadget.loose([1n, 2n, 3n])).toEqual([]);
  });
});
