/**
 * The plan of a quantization: the range of every tensor, as measured on samples, and how much room is left above it. Graph and
 * plan determine the integer graph and the program, so whoever has both can rebuild what was proven. Plans come from files:
 * `parsePlan` bounds them.
 */
import { createHash } from 'node:crypto';
import { FoldError } from '../errors.ts';
import type { Range, TensorGraph } from './graph.ts';

export type { Range };

export interface TensorPlan {
  readonly version: 1;
  /** Ranges are taken this many times as wide. */
  readonly headroom: number;
  /** Whether numbers beyond their ranges are clamped in the circuit instead of refused (saturate.ts). */
  readonly saturates?: boolean;
  /** By operation of the tensor graph. */
  readonly ranges: readonly Range[];
  /** Largest error of each output that is expected, in units of the network. */
  readonly errors: readonly number[];
}

export const DEFAULT_HEADROOM = 2;
const MOST_HEADROOM = 1024;

/** Numbers beyond it are as good as infinite: no scale could hold them beside others. */
const MOST = 1e30;

export function checkHeadroom(headroom: number): number {
  if (headroom >= 1 && headroom <= MOST_HEADROOM) return headroom;
  throw new FoldError('E_PLAN', 'The headroom of a plan is out of bounds.', {
    expected: `a number from 1 to ${MOST_HEADROOM}`,
    got: String(headroom),
    hint: `--headroom ${DEFAULT_HEADROOM}`,
  });
}

function malformed(what: string, expected: string, got: unknown): FoldError {
  return new FoldError('E_PLAN', `The plan is not valid: ${what}.`, {
    expected,
    got: JSON.stringify(got)?.slice(0, 80) ?? 'nothing',
    hint: 'fold calibrate MODEL --data FILES',
  });
}

function finite(value: unknown, what: string): number {
  if (typeof value === 'number' && Math.abs(value) <= MOST) return value;
  throw malformed(what, `a number of at most ${MOST}`, value);
}

/** A plan for this graph from a file's JSON. @throws FoldError E_PLAN */
export function parsePlan(json: unknown, graph: TensorGraph): TensorPlan {
  const {
    version,
    headroom,
    saturates = false,
    ranges,
    errors,
  } = (json ?? {}) as { readonly [K in keyof TensorPlan]?: unknown };
  if (version !== 1) throw malformed('its version is unknown', '1', version);
  if (!Array.isArray(ranges) || ranges.length !== graph.operations.length)
    throw malformed(
      'it is for another network',
      `${graph.operations.length} ranges`,
      Array.isArray(ranges) ? ranges.length : ranges,
    );
  if (!Array.isArray(errors) || errors.length !== graph.outputs.length)
    throw malformed(
      'it is for another network',
      `${graph.outputs.length} errors`,
      Array.isArray(errors) ? errors.length : errors,
    );
  if (typeof saturates !== 'boolean') throw malformed('whether it saturates is unknown', 'true or false', saturates);
  return {
    version,
    headroom: checkHeadroom(finite(headroom, 'its headroom')),
    ...(saturates && { saturates }),
    ranges: ranges.map((range: { low?: unknown; high?: unknown } | null, id) => {
      const low = finite(range?.low, `range ${id}`);
      const high = finite(range?.high, `range ${id}`);
      if (low > high) throw malformed(`range ${id} is empty`, `at least ${low}`, high);
      return { low, high };
    }),
    errors: errors.map((error: unknown, i) => {
      const value = finite(error, `error ${i}`);
      if (value < 0) throw malformed(`error ${i} is negative`, 'at least 0', value);
      return value;
    }),
  };
}

/** SHA-256 of a plan, hexadecimal. */
export function planDigest(plan: TensorPlan): string {
  const { version, headroom, saturates, ranges, errors } = plan;
  const ends = ranges.map(({ low, high }) => [low, high]);
  const text = JSON.stringify([version, headroom, ends, errors, ...(saturates ? ['saturates'] : [])]);
  return createHash('sha256').update(text).digest('hex');
}
