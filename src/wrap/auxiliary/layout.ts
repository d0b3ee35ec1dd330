/**
 * Where everything stands in Aux, the auxiliary vector that opens the CycleFold commitment (protocol section 9.4).
 *
 * A commitment sum V_i G_i over n generators is summed up by Straus' method: row kappa, of 85, adds the digits of all scalars
 * at place 8^(84 - kappa), one position i < n for each, and then doubles three times, positions n, n + 1, n + 2. Aux has three columns over the
 * positions p = (kappa, i), 2^rowLog of them in a row:
 *   value   the digit at i < n; the accumulator's y at the three doublings, and at (84, n), where the sum ends
 *   x       the accumulator's x before the position's step
 *   slope   the slope of the step
 * An addition's y needs no column: it follows from the point that is added, the slope and x. Column c's row kappa is row 85 c + kappa of the
 * vector: 255 rows of 2^8. The blinding entry comes right after them: so the polynomial has fewer than 2^log - 1 coefficients, which is what
 * powers of tau of power log - 1 can commit to.
 */
import { DIGITS } from './digits.ts';

export const COLUMNS = { value: 0, x: 1, slope: 2 } as const;
export type Column = keyof typeof COLUMNS;

/** Doublings between the rows of two places. */
export const DOUBLINGS = 3;

/** Coordinates that number a row within a column, and within the vector. */
export const PLACE_LOG = 7;
const ROWS_LOG = 8;

export interface AuxiliaryLayout {
  /** n: generators, and so scalars and additions in a row. */
  readonly scalars: number;
  /** A row has 2^rowLog positions. */
  readonly rowLog: number;
  /** The vector has 2^log entries. */
  readonly log: number;
}

export function auxiliaryLayout(scalars: number): AuxiliaryLayout {
  const rowLog = Math.ceil(Math.log2(scalars + DOUBLINGS));
  return { scalars, rowLog, log: rowLog + ROWS_LOG };
}

/** Row of the vector that holds a column's row. */
export function rowOf(column: Column, kappa: number): number {
  return DIGITS * COLUMNS[column] + kappa;
}

/** Entries of a column: the positions of all rows. */
export function columnLength({ rowLog }: AuxiliaryLayout): number {
  return DIGITS * 2 ** rowLog;
}

/** Place of the one blinding entry, the last that is used: in a row that no position uses. */
export function blindingAt({ rowLog }: AuxiliaryLayout): number {
  return (2 ** ROWS_LOG - 1) * 2 ** rowLog;
}
