/** The operators that are read, one line a record. */
import type { Operator } from './operator.ts';
import { COMPUTING } from './table-computing.ts';

export const OPERATORS: readonly Operator[] = [...COMPUTING];
