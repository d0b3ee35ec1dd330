/**
 * The interface of a program: what a verifier knows of it besides its length and its commitments (protocol section 11.6). It says
 * how inputs and outputs stand in the numbers that the machine absorbs, and so how data become the digests of a proof. Its own
 * digest is part of the model digest: a private program can absorb nothing that its interface does not tell.
 */

import * as z from 'zod';
import { shortDigest } from '../algebra/short-digest.ts';
import { hash, plainSponge, type SpongeArithmetic } from '../algebra/sponge.ts';
import { FoldError, invariant } from '../errors.ts';
import { STARTS, saltedStart } from '../folding/state.ts';
import { listOf, numbers } from '../store/bounded.ts';
import { canonicalJson } from '../store/canonical-json.ts';
import { modelLayout, type Program, type ProgramPort } from './program.ts';
import { JOINED, type MachineShape, PER_ELEMENT, VALUE_BITS, VECTOR } from './shape.ts';

/** Domain of an absorbed block's digest: none of a start (`STARTS`). */
const BLOCK = 'absorb';

/** Numbers of a port, and of all ports of one kind together. */
const MOST_NUMBERS = 2 ** 22;
const MOST_PORTS = 64;
/** Model entries of a step: products and reads are not many more. */
const MOST_ENTRIES = 2 ** 20;

/** How a program's inputs and outputs stand in what it absorbs. */
export interface MachineInterface {
  /** Vectors that are absorbed together. */
  readonly io: number;
  readonly inputs: readonly ProgramPort[];
  readonly outputs: readonly ProgramPort[];
  /** What k is: nothing, or the class plus one. */
  readonly reveals: Program['reveals'];
}

export type PortKind = 'inputs' | 'outputs';

export function interfaceOf({ shape, inputs, outputs, reveals }: Program): MachineInterface {
  return { io: shape.io, inputs, outputs, reveals };
}

const portSchema = z.strictObject({
  name: z.string().max(1000),
  shape: listOf(z.int().min(0).max(MOST_NUMBERS), 16),
  scale: z
    .number()
    .positive()
    .max(2 ** 40),
  places: numbers(MOST_NUMBERS, 'count'),
});

const interfaceSchema = z.strictObject({
  io: z.int().min(1).max(256),
  inputs: listOf(portSchema, MOST_PORTS),
  outputs: listOf(portSchema, MOST_PORTS),
  reveals: z.enum(['nothing', 'class']),
});

/** As JSON has it. */
export function interfaceToJson({ io, inputs, outputs, reveals }: MachineInterface): z.output<typeof interfaceSchema> {
  const ports = (list: readonly ProgramPort[]) =>
    list.map(({ name, shape, scale, places }) => ({ name, shape: [...shape], scale, places: [...places] }));
  return { io, inputs: ports(inputs), outputs: ports(outputs), reveals };
}

/** @throws E_FORMAT for another value, for places that are taken twice and for shapes that do not fit */
export function parseInterface(json: unknown): MachineInterface {
  const parsed = interfaceSchema.safeParse(json);
  const wrong = (what: string): FoldError =>
    new FoldError('E_FORMAT', 'The interface of the program is not valid.', { expected: 'docs/formats.md', got: what });
  if (!parsed.success) throw wrong(parsed.error.issues[0]?.message ?? 'another value');
  const { io, inputs, outputs, reveals } = parsed.data;
  for (const ports of [inputs, outputs]) {
    const taken = new Set<number>();
    for (const { name, shape, places } of ports) {
      if (shape.reduce((n, d) => n * d, 1) !== places.length) throw wrong(`"${name}": places for another shape`);
      for (const place of places) {
        if (place >= MOST_NUMBERS || taken.has(place)) throw wrong(`"${name}": place ${place}`);
        taken.add(place);
      }
    }
  }
  const typed = (ports: typeof inputs): ProgramPort[] =>
    ports.map((port) => ({ ...port, places: Int32Array.from(port.places) }));
  const parsedPorts = { io, inputs: typed(inputs), outputs: typed(outputs), reveals };
  // each block is hashed: one that holds no number of a port costs its reader time and its maker nothing
  for (const ports of [parsedPorts.inputs, parsedPorts.outputs])
    if (portBlocks(ports, io) > portLength(ports)) throw wrong('blocks without a number');
  return parsedPorts;
}

/** I, a digest of the canonical JSON. */
export function interfaceDigest(ports: MachineInterface): bigint {
  return shortDigest(new TextEncoder().encode(`layerfold/interface/v1\n${canonicalJson(interfaceToJson(ports))}`));
}

/** Numbers of all ports of a kind together. */
export function portLength(ports: readonly ProgramPort[]): number {
  return ports.reduce((n, { places }) => n + places.length, 0);
}

/** Blocks that are absorbed for these ports; none for no numbers. */
function portBlocks(ports: readonly ProgramPort[], io: number): number {
  const last = ports.reduce((most, { places }) => places.reduce((m, place) => Math.max(m, place), most), -1);
  return Math.floor(last / (io * VECTOR)) + 1;
}

/** The absorbed numbers, block after block, of integers given one port after another; zeros elsewhere. */
function absorbedNumbers(
  { io }: Pick<MachineInterface, 'io'>,
  ports: readonly ProgramPort[],
  integers: Float64Array,
): Float64Array {
  const out = new Float64Array(portBlocks(ports, io) * io * VECTOR);
  let at = 0;
  for (const { places } of ports) for (const place of places) out[place] = integers[at++]!;
  invariant(at === integers.length, 'integers of other ports');
  return out;
}

/** PER_ELEMENT numbers in range, at the end fewer, become one element: sum 2^(VALUE_BITS k) (x_k + 2^(VALUE_BITS - 1)). */
export function blockElements(numbers: Float64Array): bigint[] {
  const offset = 2 ** (VALUE_BITS - 1);
  return Array.from({ length: Math.ceil(numbers.length / PER_ELEMENT) }, (_, e) => {
    const own = numbers.subarray(e * PER_ELEMENT, (e + 1) * PER_ELEMENT);
    return own.reduceRight((element, x) => (element << BigInt(VALUE_BITS)) | BigInt(x + offset), 0n);
  });
}

/** h before the first block. */
export function startDigest<E>(f: SpongeArithmetic<E>, kind: PortKind, salt: E): E {
  return saltedStart(f, STARTS[kind], salt);
}

/** h after one more block. */
export function absorbBlock<E>(f: SpongeArithmetic<E>, h: E, elements: readonly E[]): E {
  return hash(f, BLOCK, [h, ...elements]);
}

/**
 * h_in or o of integers, one port after another, in range.
 * @throws E_RANGE for a number that the machine cannot hold, E_INPUT for another number of them
 */
export function portDigest(
  ports: MachineInterface,
  kind: PortKind,
  integers: Float64Array,
  salt = 0n,
  sponge: SpongeArithmetic<bigint> = plainSponge,
): bigint {
  const list = ports[kind];
  if (integers.length !== portLength(list))
    throw new FoldError('E_INPUT', `The ${kind === 'inputs' ? 'input' : 'output'} has the wrong length.`, {
      expected: `${portLength(list)} numbers`,
      got: `${integers.length}`,
    });
  const limit = 2 ** (VALUE_BITS - 1);
  const bad = integers.findIndex((v) => !(v >= -limit && v < limit && Number.isInteger(v)));
  if (bad >= 0)
    throw new FoldError('E_RANGE', `A number of the ${kind === 'inputs' ? 'input' : 'output'} is out of range.`, {
      expected: `an integer from ${-limit} to ${limit - 1}`,
      got: `${integers[bad]} at index ${bad}`,
    });
  const all = absorbedNumbers(ports, list, integers);
  const width = ports.io * VECTOR;
  let h = startDigest(sponge, kind, salt);
  for (let at = 0; at < all.length; at += width)
    h = absorbBlock(sponge, h, blockElements(all.subarray(at, at + width)));
  return h;
}

/** The machine's sizes from JSON. @throws E_FORMAT */
export function parseShape(json: unknown): MachineShape {
  const parsed = shapeSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new FoldError('E_FORMAT', 'The sizes of the machine are not valid.', {
    expected: 'docs/formats.md',
    got: parsed.error.issues[0]?.message ?? 'another value',
  });
}

const isPower = (n: number): boolean => Number.isInteger(Math.log2(n));
const size = (most: number, least = 1) => z.int().min(least).max(most);
const shapeSchema: z.ZodType<MachineShape> = z
  .strictObject({
    constants: size(1024),
    io: size(256),
    groups: size(64),
    rows: size(256),
    rowVectors: size(64),
    tile: size(16),
    matrices: size(64),
    lookups: size(64, 0),
    computed: size(64, 0),
    joins: z.boolean(),
  })
  .refine((s) => isPower(s.tile) && s.rows % s.tile === 0, 'rows that are no tiles of a power of two')
  .refine((s) => isPower(s.groups / s.matrices), 'matrices that are not used by a power of two of groups each')
  .refine(
    (s) => !s.joins || (s.matrices === JOINED && s.rows === 2 * s.tile),
    'matrices that are joined, and are not four with two tiles in a group',
  )
  .refine((s) => s.lookups <= s.rowVectors, 'more index vectors than a row has')
  .refine((s) => s.computed <= s.matrices, 'more matrices with computed weights than matrices')
  .refine((s) => modelLayout(s).size <= MOST_ENTRIES, `a step of more than ${MOST_ENTRIES} model entries`);
