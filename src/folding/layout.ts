/**
 * Where everything stands inside commitments and inside the row vector (protocol sections 2 and 3).
 *
 * M is padded to 2^modelLog with its blinding entry last. P = (B, F): bits from 0, fields from 2^bitLog, the four
 * blinding entries last of 2^witnessLog. Rows: the 2^bitLog bit rows, then the listed rows (quadratic ones, then S-boxes), padded to 2^rowLog.
 */
export const WITNESS_BLINDING = 4;
export const MODEL_BLINDING = 1;

/** Numbers of variables in the two blocks of P. */
export interface BlockSizes {
  readonly bits: number;
  readonly fields: number;
}

/** Variables that the layers of a step allocate, in blocks. */
export interface LayerSizes {
  readonly model: number;
  readonly bits: number;
  /** Field variables that hold small integers; they come first in the field block. */
  readonly small: number;
  /** The layers' other field variables. */
  readonly fields: number;
}

export interface Layout {
  readonly modelLog: number;
  readonly bitLog: number;
  readonly witnessLog: number;
  /** n of section 3: the number of row variables. */
  readonly rowLog: number;
  /** Powers of tau that the commitments use. */
  readonly keyLength: number;
}

/** @param sizes with `rows` the number of listed rows of both kinds */
export function layoutOf(sizes: BlockSizes & { readonly model: number; readonly rows: number }): Layout {
  const modelLog = logOf(sizes.model + MODEL_BLINDING);
  const bitLog = logOf(sizes.bits);
  const witnessLog = logOf(2 ** bitLog + sizes.fields + WITNESS_BLINDING);
  const rowLog = logOf(2 ** bitLog + sizes.rows);
  return { modelLog, bitLog, witnessLog, rowLog, keyLength: 2 ** Math.max(modelLog, witnessLog) };
}

/** Smallest k >= 1 with n <= 2^k. */
function logOf(n: number): number {
  return Math.max(1, Math.ceil(Math.log2(n)));
}
