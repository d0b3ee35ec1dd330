/**
 * Parts of schemas for files from anyone. zod's own array looks at every item before it compares the length, and makes an
 * issue of each wrong one: hundreds of bytes, and a file needs two for an item. Here the length is compared first, and the first wrong
 * item ends it.
 */
import * as z from 'zod';

/** Characters of an error that are shown: keys and values of a file may be in it. */
const SHOWN = 300;

/** An array of `least` to `most` items. */
export function listOf<S extends z.ZodType>(item: S, most: number, least = 0) {
  return z.unknown().transform((value, ctx): z.output<S>[] => {
    if (!isList(value, most, least)) return refuse(ctx, lengthText(most, least), []);
    const out: z.output<S>[] = [];
    for (const [k, entry] of value.entries()) {
      const parsed = item.safeParse(entry);
      if (!parsed.success) {
        const issue = parsed.error.issues[0]!;
        return refuse(ctx, issue.message, [k, ...issue.path]);
      }
      out.push(parsed.data);
    }
    return out;
  });
}

const KINDS = {
  finite: { text: 'a finite number', is: Number.isFinite },
  whole: { text: 'a whole number', is: Number.isSafeInteger },
  count: { text: 'a whole number, not negative', is: (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0 },
} as const;

/** An array of numbers, of which there may be millions: it is checked in place. */
export function numbers(most: number, kind: keyof typeof KINDS = 'finite', least = 0) {
  const { text, is } = KINDS[kind];
  return z.unknown().transform((value, ctx): number[] => {
    if (!isList(value, most, least)) return refuse(ctx, lengthText(most, least), []);
    const wrong = value.findIndex((entry) => !is(entry));
    return wrong < 0 ? (value as number[]) : refuse(ctx, text, [wrong]);
  });
}

/** An object of at most `most` entries. */
export function entriesOf<K extends z.core.$ZodRecordKey, V extends z.ZodType>(key: K, value: V, most: number) {
  const few = (object: unknown): boolean =>
    typeof object === 'object' && object !== null && Object.keys(object).length <= most;
  return z.custom<z.input<z.ZodRecord<K, V>>>(few, `an object of at most ${most} entries`).pipe(z.record(key, value));
}

/** What was expected, and where: the first problem alone, bounded. */
export function firstIssue({ issues: [issue] }: z.ZodError): { readonly expected: string; readonly got: string } {
  return {
    expected: (issue?.message ?? 'the fields of docs/formats.md').slice(0, SHOWN),
    got: `at ${issue?.path.join('.').slice(0, SHOWN) || 'the top level'}`,
  };
}

/** The same as one text, for what has an expectation of its own. */
export function issueText(error: z.ZodError): string {
  const { expected, got } = firstIssue(error);
  return `${expected}, ${got}`;
}

const isList = (value: unknown, most: number, least: number): value is unknown[] =>
  Array.isArray(value) && value.length >= least && value.length <= most;

const lengthText = (most: number, least: number): string =>
  least === most ? `an array of ${most}` : `an array of ${least} to ${most}`;

function refuse(ctx: z.core.$RefinementCtx, message: string, path: PropertyKey[]): never {
  ctx.addIssue({ code: 'custom', message, path });
  return z.NEVER;
}
