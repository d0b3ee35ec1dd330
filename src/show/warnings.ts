/** Warnings of the library, told through the reporter: of a model under its plan, of one run, of many at once. */
import type { LoadedModel } from '../api/load.ts';
import type { ProvableModel } from '../api/model.ts';
import { modelWarnings, type RunWarnings, runWarnings } from '../api/warnings.ts';
import type { WarningCode, WarningEvent } from '../events.ts';
import type { Tensor } from '../ir/graph.ts';
import type { IntegerResult } from '../ir/run.ts';
import type { Reporter } from './reporter.ts';

/** Inputs that are listed by name; the rest is counted. */
const LISTED = 5;

interface Run {
  readonly id: string;
  /** Absent where an input cannot be run. */
  readonly input: Tensor | undefined;
  readonly output: IntegerResult | undefined;
}

export function warnOfModel(report: Reporter, loaded: LoadedModel, model: ProvableModel): void {
  for (const event of modelWarnings(loaded, model)) report.on(event);
}

export function warnOfRun(
  report: Reporter,
  loaded: LoadedModel,
  model: ProvableModel,
  input: Tensor,
  output: IntegerResult,
): void {
  for (const event of runWarnings(loaded, model)(input, output)) report.on(event);
}

/** Every warning once, with the inputs that it is about and the facts of the first of them. */
export function warnOfRuns(report: Reporter, look: RunWarnings, runs: readonly Run[]): void {
  const found = new Map<WarningCode, { readonly first: WarningEvent; readonly ids: string[] }>();
  for (const { id, input, output } of runs) {
    if (!input || !output) continue;
    for (const event of look(input, output)) {
      const same = found.get(event.code);
      if (same) same.ids.push(id);
      else found.set(event.code, { first: event, ids: [id] });
    }
  }
  for (const { first, ids } of found.values()) {
    const more = ids.length > LISTED ? ` and ${ids.length - LISTED} more` : '';
    const inputs = `${ids.length} of ${runs.length} inputs (${ids.slice(0, LISTED).join(', ')}${more})`;
    report.on({ ...first, message: `Of ${inputs}: ${first.message}` });
  }
}
