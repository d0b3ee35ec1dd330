/** Words of a command as they can be pasted into a POSIX shell. */

/** The word as it is where no shell reads anything into it, else between single quotes. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_.,:=@%+/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
