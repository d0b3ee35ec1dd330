/**
 * A step circuit made ready for folding: layers and chain in one compiled system, its layout, its default instances
 * and the parameter digest that every proof of it carries (protocol section 6).
 */
import { createHash } from 'node:crypto';
import type { Engine, Points, RowKernels } from '../algebra/engine.ts';
import { POINT_BYTES } from '../algebra/engine.ts';
import { type Affine, R } from '../algebra/params.ts';
import { type ConstraintMatrix, compile, PARTS } from '../circuit/compile.ts';
import { alignmentOf } from '../circuit/families.ts';
import { limbsOf } from '../circuit/gadgets/fq.ts';
import type { LinearForm } from '../circuit/linear-form.ts';
import { ShapeBuilder } from '../circuit/shape.ts';
import { FoldError, invariant } from '../errors.ts';
import { sha256Hex } from '../store/digest.ts';
import { type BlockSpec, ofChainBlock, type PartName } from './blocks.ts';
import { CycleFold } from './cyclefold.ts';
import { CYCLEFOLD_INPUTS, commitmentOf, type Running } from './instance.ts';
import { type BlockSizes, type LayerShare, type Layout, layoutOf } from './layout.ts';
import type { StateSpec, StepWires } from './state.ts';
import { foldStep, runPrologue } from './step-circuit.ts';

/** The part of a step that folding knows nothing about: the layers of a network, or a test's toy. */
export interface StepFunction {
  /** The blocks that its steps commit to, in their order; the chain's own variables stand in the last one. */
  readonly blocks: readonly BlockSpec[];
  /** What the layers allocate in each block, in the order of the blocks. */
  readonly sizes: readonly LayerShare[];
  /** The state that steps hand on. */
  readonly state: StateSpec;
  /** What the layers' digest must also cover (the canonical bytes of the step plan). */
  readonly description: Uint8Array;
  /** Builds the layers; allocates exactly `sizes`, before anything else. None of its rows needs the fold. */
  build(shape: ShapeBuilder): StepWires<LinearForm>;
}

/** Where a commitment key for G1 comes from: the first powers of tau, as many as a layout needs. */
export interface KeySource {
  /** What is shown to people: a file's name, or that it is the development key. */
  readonly name: string;
  /** True for a key whose tau is known: anyone can forge proofs under it. */
  readonly insecure: boolean;
  /** The first n powers [tau^i]_1. Throws E_KEY when there are fewer. */
  load(n: number): Promise<Points>;
}

export interface StepSystem {
  readonly step: StepFunction;
  /** Variables of the chain's first half, which come right after the layers' in the last block. */
  readonly prologue: BlockSizes;
  readonly matrix: ConstraintMatrix;
  readonly layout: Layout;
  readonly rows: RowKernels;
  /** The powers of tau that the layout uses. */
  readonly key: Points;
  readonly cycleFold: CycleFold;
  readonly defaults: Running<bigint>;
  /** Of the circuit's Poseidon permutations. */
  readonly widths: ReadonlySet<number>;
  /** Parameter digest pp. */
  readonly pp: bigint;
}

/** What the chain adds to the layers of a step, about: only the first guess of the layout depends on it. */
const CHAIN_BITS = 7000;
const CHAIN_FIELDS = 5000;

/** Builds and digests the step circuit. Throws E_KEY when the key has fewer points than the layout needs. */
export async function buildStepSystem(engine: Engine, step: StepFunction, source: KeySource): Promise<StepSystem> {
  const cycleFold = new CycleFold(engine);
  let layout = layoutOf(step.blocks, guessedSizes(step));
  for (let attempt = 0; attempt < 4; attempt++) {
    const key = await source.load(layout.keyLength);
    const defaults = defaultInstances(layout, cycleFold, (index) => keyPoint(engine, key, index));
    const shape = new ShapeBuilder(R);
    const layers = step.build(shape);
    checkSizes(shape, step);
    const carried = runPrologue(shape, layers, { defaults, state: step.state }, noAdvice);
    const prologue = afterLayers(step, shape.counts);
    foldStep(shape, layers, { defaults, state: step.state }, carried, noAdvice);
    const actual = layoutOf(
      step.blocks,
      { ...shape.counts, rows: shape.rows.length + shape.boxes.length },
      alignmentOf(shape.rows, shape.families),
    );
    if (sameCircuit(actual, layout)) {
      layout = actual;
      const matrix = compile(shape);
      const pp = parameterDigest(step, matrix, cycleFold, keyDigest(key, engine));
      const rows = engine.fr.rows(matrix.matrix);
      return { step, prologue, matrix, layout, rows, key, cycleFold, defaults, widths: shape.widths, pp };
    }
    layout = actual;
  }
  throw new FoldError('E_BUG', 'The layout of the step circuit does not settle.');
}

/** All that the circuit has of its own layout: rho's elements, one per row variable, and the default commitments. */
function sameCircuit(a: Layout, b: Layout): boolean {
  return a.rowLog === b.rowLog && a.blocks.every(({ log }, k) => log === b.blocks[k]!.log);
}

function keyPoint(engine: Engine, key: Points, index: number): Affine {
  const point = engine.g1.decodePoints(key.subarray(index * POINT_BYTES, (index + 1) * POINT_BYTES))[0];
  invariant(point, 'a commitment key has the point at infinity');
  return point;
}

function noAdvice(): never {
  throw new FoldError('E_BUG', 'a shape has no advice');
}

function guessedSizes({ blocks, sizes }: StepFunction): Record<PartName | 'rows', number> {
  const guess = { model: 0, traceBits: 0, traceFields: 0, bits: 0, fields: 0, rows: 0 };
  blocks.forEach((block, k) => {
    const { bits, small, fields } = sizes[k]!;
    if (block.bits) guess[block.bits] = bits;
    guess[block.fields] = small + fields;
  });
  const chain = ofChainBlock(blocks);
  if (chain.bits) guess[chain.bits] += CHAIN_BITS;
  guess[chain.fields] += CHAIN_FIELDS;
  return { ...guess, rows: guess[chain.fields] };
}

/** What of the chain's block is not the layers'. */
function afterLayers({ blocks, sizes }: StepFunction, counts: ShapeBuilder['counts']): BlockSizes {
  const [block, layers] = [ofChainBlock(blocks), ofChainBlock(sizes)];
  return {
    bits: (block.bits ? counts[block.bits] : 0) - layers.bits,
    fields: counts[block.fields] - layers.small - layers.fields,
  };
}

function checkSizes({ counts }: ShapeBuilder, { blocks, sizes }: StepFunction): void {
  const said = blocks.every((block, k) => {
    const { bits, small, fields } = sizes[k]!;
    return (block.bits ? counts[block.bits] : 0) === bits && counts[block.fields] === small + fields;
  });
  invariant(said && sizes.length === blocks.length, 'the layers allocate other sizes than they say');
  const committed = new Set(blocks.flatMap(({ bits, fields }) => (bits ? [bits, fields] : [fields])));
  invariant(
    PARTS.every((part) => counts[part] === 0 || committed.has(part)),
    'the layers allocate variables of a block that they do not have: nothing would commit to them',
  );
}

/** The running instances before any fold (protocol sections 3 and 4): zero, but the very last entries are 1. */
function defaultInstances(layout: Layout, cycleFold: CycleFold, keyPoint: (index: number) => Affine): Running<bigint> {
  const { fields, rows } = cycleFold.matrix.sizes;
  return {
    U: {
      cms: layout.blocks.map(({ log }) => commitmentOf(keyPoint(2 ** log - 1))),
      u: 0n,
      x: 0n,
      rho: new Array<bigint>(layout.rowLog).fill(0n),
      v: 0n,
    },
    cycleFold: {
      c: cycleFold.generators[fields + rows]!,
      u: 0n,
      x: Array.from({ length: CYCLEFOLD_INPUTS }, () => limbsOf(0n)),
    },
  };
}

/** sha256 over both constraint lists, both keys, the layout and the plan's step part; its low 248 bits. */
function parameterDigest(step: StepFunction, matrix: ConstraintMatrix, cycleFold: CycleFold, key: string): bigint {
  const hash = createHash('sha256');
  hash.update('layerfold/parameters/v2\n');
  hash.update(matrix.digest);
  hash.update(cycleFold.matrix.digest);
  hash.update(key);
  hash.update(JSON.stringify(cycleFold.generators.map((p) => [p.x.toString(), p.y.toString()])));
  hash.update(createHash('sha256').update(step.description).digest());
  return BigInt(`0x${hash.digest('hex').slice(0, 62)}`);
}

/** SHA-256 (hex) of the points as canonical bytes: x, y, 32 bytes little-endian each. The key's length is part of it. */
export function keyDigest(points: Points, engine: Engine): string {
  return sha256Hex(engine.g1.toCanonicalPoints(points));
}
