/**
 * Planned checkpoints of the tensor machine (protocol section 8.2): what a network's memory holds after its first steps, shown by the
 * folded proof of these.
 *
 * The sum of a prefix is not 0: what was written is still to be read. So before the challenges exist the prover says how often each
 * vector is read later (the list), for every checkpoint that is to show something, and the challenges are squeezed from the digest
 * of all of it, w. A list that is made when they are known could be any: two counts solve the one equation.
 */
import { isOnCurve } from '../algebra/curve.ts';
import { field } from '../algebra/field.ts';
import { type Affine, G1_PARAMS, R } from '../algebra/params.ts';
import { shortDigest } from '../algebra/short-digest.ts';
import type { SpongeArithmetic } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import { TRACE } from './blocks.ts';
import { extendTraceChain } from './hashes.ts';
import { commitmentOf } from './instance.ts';
import { CHALLENGES, squeezeChallenges } from './memory.ts';
import { type FoldedProof, ownSteps } from './proof.ts';
import { elementOf, type StateSpec } from './state.ts';
import { rejected } from './verify-claim.ts';

/** Vectors that are still read, one row each: its address, the reads to come, its numbers. */
export interface LiveVectors {
  /** Numbers of a vector. */
  readonly width: number;
  readonly rows: Float64Array;
}

/** A checkpoint that is planned. */
export interface PlannedStep {
  /** Steps of the network before it. */
  readonly steps: number;
  /** `liveDigest` of what it shows. */
  readonly digest: bigint;
}

/** What a checkpoint in the middle of a network has beside the proof of the steps so far. */
export interface PrefixMemory {
  /** cmT of the network's remaining steps. */
  readonly traces: readonly Affine[];
  /** The preimage of w, in the order of steps. */
  readonly planned: readonly PlannedStep[];
  /** At a planned checkpoint; any other one is a file to resume from. */
  readonly live?: LiveVectors | undefined;
}

/** The checks of it, in the order in which they are made. */
export const PREFIX_CHECKS = ['planned', 'challenges', 'memory-sum'] as const;
export type PrefixCheck = (typeof PREFIX_CHECKS)[number];

/** Reads are counts: with fewer than 2^32 of them before, none cancels in the field. */
const MAX_READS = 2 ** 32;

const text = (line: string): Uint8Array => new TextEncoder().encode(line);

/** Of the rows as doubles, lowest byte first. */
export function liveDigest({ width, rows }: LiveVectors): bigint {
  const bytes = new Uint8Array(rows.buffer, rows.byteOffset, rows.byteLength);
  return shortDigest(text(`layerfold/live/v1 ${width}\n`), bytes);
}

/** w of these checkpoints; 0 where there is none. */
export function plannedDigest(planned: readonly PlannedStep[]): bigint {
  if (planned.length === 0) return 0n;
  return shortDigest(
    text('layerfold/planned/v1\n'),
    ...planned.map(({ steps, digest }) => text(`${steps} ${digest}\n`)),
  );
}

/** Lengths and ranges. @throws E_REJECTED */
export function checkPrefixShape(state: StateSpec, { memory, remaining, statement }: FoldedProof): void {
  if (!memory) return;
  const holds = (right: boolean, what: string, expected: string): void => {
    if (!right) throw new FoldError('E_REJECTED', `The proof is malformed: ${what}.`, { expected });
  };
  const { traces, planned, live } = memory;
  holds(state.kind === 'machine', 'it opens the memory of a network of layers', 'none');
  holds(remaining.length > 0, 'it opens the memory of a complete network', 'none: its sum is 0');
  holds(traces.length === remaining.length, `it has ${traces.length} traces to come`, `${remaining.length}`);
  const length = Number(statement.wires.stepsPerNetwork);
  const ordered = planned.every(({ steps }, k) => steps > (planned[k - 1]?.steps ?? 0) && steps < length);
  holds(ordered, 'its plan', 'steps of the network, in order');
  if (!live) return;
  const { width, rows } = live;
  holds(width >= 1 && rows.length % (width + 2) === 0, `rows of ${width} numbers`, 'whole rows');
  holds(rows.every(Number.isSafeInteger), 'a number of its memory', 'safe integers');
  for (let at = 0; at < rows.length; at += width + 2)
    holds(
      rows[at]! >= 0 && rows[at + 1]! >= 1 && rows[at + 1]! < MAX_READS,
      'an address or a count',
      '1 to 2^32 - 1 reads',
    );
}

/**
 * The challenges are those of all traces and of w, w is the digest of the plan, and the sum so far is what the reads of the list
 * will take away: every read so far found what was written, and the vectors of the list were written so.
 * @throws E_REJECTED naming the first check that fails
 */
export function verifyPrefixMemory(
  f: SpongeArithmetic<bigint>,
  state: StateSpec,
  proof: FoldedProof,
  onCheck: (name: PrefixCheck) => void,
): void {
  const { memory, statement, program, last, remaining } = proof;
  const check = (name: PrefixCheck, holds: boolean, expected: string): void => {
    if (!holds) throw rejected(name, expected);
    onCheck(name);
  };
  if (!memory) {
    // without what w is the digest of nobody could go on from here
    if (program && remaining.length > 0 && program.planned !== 0n)
      throw rejected('planned', 'what is planned, or nothing');
    return;
  }
  const { z, wires } = statement;
  const { traces, planned, live } = memory;
  if (!traces.every((point) => isOnCurve(G1_PARAMS, point)))
    throw rejected('points', 'canonical points on their curves');

  const own = planned.find(({ steps }) => steps === ownSteps(statement));
  const shown = live === undefined || own?.digest === liveDigest(live);
  check('planned', shown && plannedDigest(planned) === program!.planned, 'what was planned before the challenges');

  const chain = [last.cms[TRACE]!, ...traces].reduce(
    (c, cmT) => extendTraceChain(f, c, commitmentOf(cmT)),
    elementOf(state, z, 'c'),
  );
  const { pp, modelDigest } = wires;
  const challenges = squeezeChallenges(f, { pp, modelDigest, trace: chain, planned: program!.planned });
  check(
    'challenges',
    CHALLENGES.every((name) => challenges[name] === elementOf(state, z, name)),
    "the challenges of the commitments to the network's traces",
  );

  if (!live) return;
  const { alpha, gamma } = challenges;
  const rest = readsToCome(live, alpha, gamma);
  check(
    'memory-sum',
    rest === elementOf(state, z, 'sum'),
    'every value that is read was written, and so were those shown',
  );
}

/** Sum of reads / (gamma - f) over the list; undefined where a fingerprint f is gamma. */
function readsToCome({ width, rows }: LiveVectors, alpha: bigint, gamma: bigint): bigint | undefined {
  const F = field(R);
  const powers = [alpha];
  for (let k = 1; k < width; k++) powers.push(F.mul(powers[k - 1]!, alpha));
  const gaps: bigint[] = [];
  for (let at = 0; at < rows.length; at += width + 2) {
    const numbers = powers.reduce((sum, power, k) => sum + power * BigInt(rows[at + 2 + k]!), BigInt(rows[at]!));
    gaps.push(F.create(gamma - numbers));
  }
  if (gaps.includes(0n)) return undefined;
  const inverses = F.batchInv(gaps);
  return F.create(inverses.reduce((sum, inverse, k) => sum + BigInt(rows[k * (width + 2) + 1]!) * inverse, 0n));
}
