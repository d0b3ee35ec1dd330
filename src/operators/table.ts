/** The operators that are read, one line a record. */
import type { Operator } from './operator.ts';

export const OPERATORS: readonly Operator[] = [];
