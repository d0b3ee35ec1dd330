/** Mutants of a source file: one piece of its text exchanged. */

/** A piece of a text, and what stands in its place. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  /** Function, and what is gone: no line, so that it outlives edits elsewhere. */
  readonly what: string;
}

export interface SourceMutant {
  readonly id: string;
  /** Relative to the package. */
  readonly file: string;
  /** The whole text of the mutant. */
  text(): string;
}

export const applied = (source: string, { start, end, text }: Edit): string =>
  source.slice(0, start) + text + source.slice(end);

export const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
};

/** Numbers those that would have one name, in the order of the source. */
export function mutantsOfEdits(file: string, source: string, edits: readonly Edit[]): SourceMutant[] {
  const met = new Map<string, number>();
  return edits.map((edit) => {
    const count = (met.get(edit.what) ?? 0) + 1;
    met.set(edit.what, count);
    const id = `source | ${file} | ${edit.what}${count > 1 ? ` (${count})` : ''}`;
    return { id, file, text: () => applied(source, edit) };
  });
}
