import type { EventListener } from '../../events.ts';
import { CHECK_WORDS } from '../../report/check-words.ts';
import { predictionLines } from '../../show/prediction.ts';
import type { Reporter } from '../../show/reporter.ts';
import type { RunOutput } from '../../store/run-data.ts';

/** Tells every check that passes. */
export function checkListener(report: Reporter): EventListener {
  return (event) => {
    report.on(event);
    if (event.type === 'check') report.note([`ok  ${event.name.padEnd(21)} ${CHECK_WORDS[event.name] ?? ''}`]);
  };
}

/** The output that was checked, in words. */
export function outputLines(output: RunOutput | undefined): string[] {
  if (!output) return [];
  const { integers, values } = output;
  const [logits, floats] = [Float64Array.from(integers), Float64Array.from(values)];
  return predictionLines({ class: output.class, logits, values: floats });
}
