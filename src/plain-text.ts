/** Words that may come from others, as people may be shown them; errors as lines. */

/** Characters that could change what a terminal shows; they are shown as what they are. */
export const HIDDEN_CHARACTERS = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * One line as it may stand in a terminal or on a page. Names and words of files that came from others are in it, and control characters
 * among them could erase what a verification says, or write what it does not: they are shown as what they are.
 */
export function plain(line: string): string {
  return line.replace(HIDDEN_CHARACTERS, (c) => `\\u{${c.codePointAt(0)!.toString(16)}}`);
}

/** An error, or a warning, which has the same parts. */
interface Told {
  readonly message: string;
  readonly code: string;
  readonly expected?: string | undefined;
  readonly got?: string | undefined;
  readonly hint?: string | undefined;
}

/** An error as lines: code and message, then the facts. */
export function errorLines(told: Told, kind: 'error' | 'warning' = 'error'): string[] {
  const facts = (['expected', 'got', 'hint'] as const).flatMap((name) => {
    const fact = told[name];
    return fact === undefined
      ? []
      : `  ${name}: ${fact}`.split('\n').map((line, k) => (k === 0 ? line : `    ${line}`));
  });
  return [`${kind} ${told.code}: ${told.message}`, ...facts];
}
