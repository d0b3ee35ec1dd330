/** The inputs of a batch with their integer runs, and what a bad one is called in its lists. */
import { type ProvableModel, runModel } from '../api/model.ts';
import { FoldError } from '../errors.ts';
import type { BatchInput } from '../ir/batch-inputs.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import { count } from '../show/format.ts';
import type { Reporter } from '../show/reporter.ts';

/** Exit code of a batch of which some items have no proof. */
export const FAILED_IN_PART = 5;

/** An input with its integer run, or with what is wrong with it. */
export interface BatchRun {
  readonly id: string;
  readonly source: string;
  readonly input: Tensor | undefined;
  readonly output: IntegerResult | undefined;
  readonly error: FoldError | undefined;
}

/** Names that are not ids, as they are told. */
const SHOWN_IDS = 10;

/** Inputs whose names cannot be those of folders, or are another's, go by other ones. */
export function tellIds(report: Reporter, inputs: readonly BatchInput[]): void {
  const renamed = inputs.filter(({ id, name }) => id !== name).map(({ id, name, source }) => ({ id, name, source }));
  if (renamed.length === 0) return;
  report.fact('ids', { renamed }, [
    ...renamed.slice(0, SHOWN_IDS).map(({ id, name, source }) => `"${name}" (${source}) goes by ${id}`),
    ...(renamed.length > SHOWN_IDS ? [`and ${count(renamed.length - SHOWN_IDS)} more (all with --json)`] : []),
  ]);
}

/** A bad input that ends the batch. */
export function badInput(id: string, error: FoldError): FoldError {
  const { code, message, expected = '', got = '', hint = '--on-bad skip proves the others' } = error;
  return new FoldError(code, `Input "${id}": ${message}`, { expected, got, hint, cause: error });
}

export function integerRun(model: ProvableModel, { id, source, input }: Omit<BatchInput, 'name'>): BatchRun {
  if (input instanceof FoldError) return { id, source, input: undefined, output: undefined, error: input };
  try {
    return { id, source, input, output: runModel(model, input), error: undefined };
  } catch (error) {
    if (!(error instanceof FoldError)) throw error;
    return { id, source, input, output: undefined, error };
  }
}

/** Status and error of an item that has no proof. */
export const failure = ({ code, message, got }: FoldError) =>
  ({ status: 'failed', error: code, message: got === undefined ? message : `${message} (${got})` }) as const;
