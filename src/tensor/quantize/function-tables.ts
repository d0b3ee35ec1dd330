/** The tables of a graph's functions: one for all uses of a function at the same scales, made when all of them are known. */
import type { Range } from '../graph.ts';
import type { IntegerTable } from './integer.ts';
import { union } from './structure.ts';
import { chooseTable, makeExactTable, type TableSpec } from './table.ts';

export interface FunctionUse extends TableSpec {
  /** Of the function: equal names are equal functions. */
  readonly name: string;
  /** Whether the argument is integers, and the table has a cell for each. */
  readonly isExact: boolean;
  /** Where the table has to be precise. */
  readonly precise: Range;
}

export class FunctionTables {
  readonly #uses: FunctionUse[] = [];
  readonly #numbers = new Map<string, number>();

  /** Number of the table of a use. */
  number(use: FunctionUse): number {
    const key = [use.name, use.scaleX, use.scaleY, use.isExact].join(' ');
    const number = this.#numbers.get(key) ?? this.#uses.length;
    this.#numbers.set(key, number);
    const { precise, domain } = this.#uses[number] ?? use;
    this.#uses[number] = { ...use, precise: union(precise, use.precise), domain: union(domain, use.domain) };
    return number;
  }

  make(): IntegerTable[] {
    return this.#uses.map((use) => (use.isExact ? makeExactTable(use) : chooseTable(use, use.precise)));
  }
}
