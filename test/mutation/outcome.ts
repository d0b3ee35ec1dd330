/** What became of one mutant. */
export interface Outcome {
  /** Stable under edits elsewhere: kind, where, what. */
  readonly id: string;
  /** Copies of the same source that this stands for. */
  readonly copies: number;
  /** Who noticed; undefined for a survivor. */
  readonly killedBy?: string | undefined;
  /** The mutant is the same circuit in all that it accepts, by its form alone. */
  readonly equivalent?: string | undefined;
}

export const survives = ({ killedBy, equivalent }: Outcome): boolean =>
  killedBy === undefined && equivalent === undefined;
