/** A mutant of a source file: one piece of its text exchanged. */
export interface SourceMutant {
  /** File, function, what is gone: no line, so that it outlives edits elsewhere. */
  readonly id: string;
  /** Relative to the package. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const applied = (source: string, { start, end, text }: Pick<SourceMutant, 'start' | 'end' | 'text'>): string =>
  source.slice(0, start) + text + source.slice(end);

export const shortened = (text: string): string => {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > 90 ? `${line.slice(0, 87)}...` : line;
};

/** Numbers those that would have one name, in the order of the source. */
export function named(
  file: string,
  edits: readonly (Omit<SourceMutant, 'id' | 'file'> & { what: string })[],
): SourceMutant[] {
  const met = new Map<string, number>();
  return edits.map(({ what, ...edit }) => {
    const count = (met.get(what) ?? 0) + 1;
    met.set(what, count);
    return { ...edit, file, id: `source | ${file} | ${what}${count > 1 ? ` (${count})` : ''}` };
  });
}
