/** The operators that are read, one line a record. */
import { ATTENTION, ROTARY_EMBEDDING } from './attention.ts';
import { BLOCKS } from './blocks.ts';
import { CASTS } from './cast.ts';
import { CONSTANTS } from './constants.ts';
import { CONV } from './conv.ts';
import { CONV_TRANSPOSE } from './conv-transpose.ts';
import { EINSUM } from './einsum.ts';
import { GATHER, GATHER_ELEMENTS, GATHER_ND } from './gather.ts';
import { GEMM, MATMUL } from './matrices.ts';
import { MAX_POOL } from './max-pool.ts';
import { CONCAT, EXPAND, SLICE, SPLIT, TILE, TRANSPOSE } from './moves.ts';
import { NORMALIZATIONS } from './normalizations.ts';
import type { Operator } from './operator.ts';
import { PAD } from './pad.ts';
import { POOLS } from './pools.ts';
import { RESIZES } from './resize.ts';
import { REVERSE_SEQUENCE } from './reverse-sequence.ts';
import { SCATTERS } from './scatter.ts';
import { SELECTIONS_BY_PLACE } from './select.ts';
import { DROPOUT, FLATTEN, IDENTITY, RESHAPE, SQUEEZE, UNSQUEEZE } from './shape-changes.ts';
import { COMPUTING } from './table-computing.ts';

export const OPERATORS: readonly Operator[] = [
  ATTENTION,
  ...BLOCKS,
  ...CASTS,
  ...CONSTANTS,
  CONCAT,
  CONV,
  CONV_TRANSPOSE,
  DROPOUT,
  EINSUM,
  EXPAND,
  FLATTEN,
  GATHER,
  GATHER_ELEMENTS,
  GATHER_ND,
  GEMM,
  IDENTITY,
  MATMUL,
  MAX_POOL,
  ...NORMALIZATIONS,
  PAD,
  ...POOLS,
  RESHAPE,
  REVERSE_SEQUENCE,
  ROTARY_EMBEDDING,
  ...RESIZES,
  ...SCATTERS,
  ...SELECTIONS_BY_PLACE,
  SLICE,
  SPLIT,
  SQUEEZE,
  TILE,
  TRANSPOSE,
  UNSQUEEZE,
  ...COMPUTING,
];
