/** Mutants that survive, with the argument why each changes nothing. docs/security.md has the same table. */
export interface Survivor {
  readonly weakened: string;
  readonly redundant: string;
  readonly mutants: readonly string[];
}

export const SURVIVORS: readonly Survivor[] = [];

const ALL = new Set(SURVIVORS.flatMap(({ mutants }) => mutants));
export const explained = (id: string): boolean => ALL.has(id);
