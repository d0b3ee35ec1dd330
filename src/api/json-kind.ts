/** What a JSON file is, in words and by its fields alone: for whoever was given one in the place of another. */

/** `other`: what is known, and is nothing that belongs to a verification. */
export type JsonKind = 'proof' | 'key' | 'input' | 'output' | 'salts' | 'plan' | 'other';

export interface FoundJson {
  readonly kind: JsonKind;
  /** For people: "a verification key". */
  readonly what: string;
}

export const KIND_WORDS = {
  proof: 'a final proof',
  key: 'a verification key',
  input: 'an input',
} as const satisfies Partial<Record<JsonKind, string>>;

/** Those of the files that name their format. */
const FORMATS: Readonly<Record<string, 'output' | 'salts' | 'plan'>> = {
  'layerfold/output': 'output',
  'layerfold/salts': 'salts',
  'layerfold/plan': 'plan',
};

const named = (kind: keyof typeof KIND_WORDS): FoundJson => ({ kind, what: KIND_WORDS[kind] });
const other = (what: string): FoundJson => ({ kind: 'other', what });

/** Whether it is whole, and of a version that is read here, its parser says. */
export function kindOfJson(json: unknown): FoundJson {
  if (Array.isArray(json)) return kindOfList(json);
  if (typeof json !== 'object' || json === null) return other('no object');
  const fields = json as Readonly<Record<string, unknown>>;
  if ('vk_alpha_1' in fields)
    return 'layerfold' in fields ? named('key') : other('a verification key of another program');
  if ('pi_a' in fields) return 'layerfold' in fields ? named('proof') : other('a proof of another program');
  if ('input_data' in fields) return named('input');
  if (typeof fields.format !== 'string') return other('an object without any field of either');
  const kind = Object.hasOwn(FORMATS, fields.format) ? FORMATS[fields.format]! : 'other';
  return { kind, what: `a file of format "${fields.format}"` };
}

function kindOfList(list: readonly unknown[]): FoundJson {
  if (list.every((value) => typeof value === 'string')) return other('the public inputs of a proof, as in public.json');
  // a nested array of numbers is one way to write an input
  return Array.isArray(list[0]) || typeof list[0] === 'number' ? named('input') : other('a list of something else');
}
