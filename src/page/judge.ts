/**
 * What the page says of the files that it was given: the verification of `fold verify`, in its words. Nothing of the document is
 * used here, so that tests run it as it is.
 */
import { parseKey, parseProof } from '../api/final-json.ts';
import { type FoundJson, type JsonKind, kindOfJson } from '../api/json-kind.ts';
import { sentenceOf } from '../api/sentence.ts';
import { dataOf, slotsOf, stepText } from '../api/specs.ts';
import { checkProvenInput, checkProvenOutput, type VerifiedProof, verifyProof } from '../api/verify-proof.ts';
import { FoldError } from '../errors.ts';
import type { EventListener } from '../events.ts';
import { isMachine } from '../machine/spec.ts';
import { errorLines, plain } from '../plain-text.ts';
import { CHECK_WORDS } from '../report/check-words.ts';
import {
  batchLine,
  classLine,
  inputLine,
  missingLines,
  notPinnedLines,
  numberLine,
  verifiedLine,
  verifiedLines,
} from '../report/final-words.ts';
import { COMPRESSED_FORMAT } from '../store/compressed-file.ts';
import { formatOf } from '../store/files.ts';
import { parseAnyJson } from '../store/json.ts';
import { parseSalts } from '../store/run-data.ts';
import { count, elementOfHex, hex } from '../units.ts';

/** Bytes of a file that are read at all: those of the largest input. */
export const MAX_FILE_BYTES = 2 ** 28;

export interface GivenFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export interface Given {
  readonly proof?: GivenFile | undefined;
  readonly key?: GivenFile | undefined;
  /** Whether the user says that the key is one to trust. */
  readonly keyTrusted: boolean;
  /** What the user expects, as it was typed; empty for none. */
  readonly modelDigest: string;
  readonly input?: GivenFile | undefined;
  readonly output?: GivenFile | undefined;
  readonly salts?: GivenFile | undefined;
}

/** `strict`: what `fold verify --strict` accepts; `rejected`: checked and false; `unusable`: it could not be checked. */
type Standing = 'strict' | 'verified' | 'rejected' | 'unusable';

export interface Verdict {
  readonly standing: Standing;
  readonly headline: string;
  /** The statement in words; undefined unless it is proven. */
  readonly sentence?: string | undefined;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly lines: readonly string[];
  /** Every check that passed. */
  readonly checks: readonly (readonly [name: string, words: string])[];
}

/** What the page takes. */
export type FileKind = JsonKind | 'compressed';
interface FoundFile extends Omit<FoundJson, 'kind'> {
  readonly kind: FileKind;
}

/** What a file is. Its name says nothing. */
export function kindOfFile({ name, bytes }: GivenFile): FoundFile {
  try {
    return kindOfJson(parseAnyJson(bytes, name));
  } catch {
    const format = formatOf(bytes);
    if (format === COMPRESSED_FORMAT) return { kind: 'compressed', what: 'a compressed proof' };
    return { kind: 'other', what: format === undefined ? 'no JSON' : `a file of format "${format}"` };
  }
}

/** Undefined while there is nothing to verify yet. */
export function judge(given: Given): Verdict | undefined {
  const { proof, key } = given;
  if (!proof || !key) return undefined;
  const checks: [string, string][] = [];
  const on: EventListener = (event) => {
    if (event.type === 'check') checks.push([event.name, CHECK_WORDS[event.name] ?? '']);
  };
  try {
    const modelDigest = pinOf(given.modelDigest);
    const verified = verifyProof(parseProof(proof.bytes, proof.name), parseKey(key.bytes, key.name), {
      modelDigest,
      on,
    });
    return { ...told(verified, given, checkData(verified, given, on)), checks };
  } catch (error) {
    return { ...refused(error), facts: [], checks };
  }
}

/** @throws E_INPUT */
export function pinOf(typed: string): bigint | undefined {
  const text = typed.trim();
  if (text === '') return undefined;
  const element = elementOfHex(text);
  if (element !== undefined) return element;
  throw new FoldError('E_INPUT', 'The model digest is none.', { expected: '0x and 64 hexadecimal digits', got: text });
}

interface Data {
  readonly lines: readonly string[];
  /** Of the output that was checked. */
  readonly class: number | undefined;
}

/** Input and output, as far as they are given. @throws E_REJECTED for others than the proven ones */
function checkData(verified: VerifiedProof, { input, output, salts }: Given, on: EventListener): Data {
  const known = salts && parseSalts(salts.bytes);
  const lines: string[] = [];
  let predicted: number | undefined;
  if (output) {
    const salt = known && BigInt(known.output);
    predicted = checkProvenOutput(verified, parseAnyJson(output.bytes, output.name), { salt, on }).class;
    lines.push(`output PINNED: ${output.name} is the proven output, of class ${predicted}`);
  }
  if (input) {
    const salt = known && BigInt(known.input);
    const { data } = checkProvenInput(verified, parseAnyJson(input.bytes, input.name), { salt, on });
    lines.push(inputLine(input.name, data.length, stepText(dataOf(verified.key.step)), false));
  }
  return { lines, class: predicted };
}

function told(verified: VerifiedProof, { keyTrusted, input, output }: Given, data: Data) {
  const { statement, key, insecure, modelPinned } = verified;
  const missing = [keyTrusted ? '' : 'the key', modelPinned ? '' : 'the model'].filter(Boolean);
  const batch = statement.root !== 0n;
  const digests = { inputDigest: hex(statement.inputDigest), outputDigest: hex(statement.outputDigest) };
  const steps = Number(statement.steps);
  return {
    standing: missing.length === 0 && !insecure ? ('strict' as const) : ('verified' as const),
    headline: verifiedLine(statement, insecure, missing),
    sentence: sentenceOf({ steps, slots: slotsOf(key.step), batch, class: data.class ?? verified.class }),
    facts: [
      ['model digest D', hex(statement.modelDigest)],
      ...(batch ? [['root of the batch', hex(statement.root)] as const] : []),
      [`input digest h_in${batch ? ', last item' : ''}`, digests.inputDigest],
      [`output digest o${batch ? ', last item' : ''}`, digests.outputDigest],
      ['steps', count(steps)],
    ] as const,
    lines: [
      ...(batch
        ? [batchLine(statement)]
        : [
            isMachine(key.step) ? numberLine(statement.revealed) : classLine(verified.class),
            ...missingLines(digests, output !== undefined, input !== undefined),
          ]),
      ...data.lines,
      ...notPinnedLines(missing),
      ...verifiedLines(insecure, undefined),
    ].map(plain),
  };
}

/** The parts of an error, as the command line shows them. */
export function refused(error: unknown): Pick<Verdict, 'standing' | 'headline' | 'lines'> {
  const known = error instanceof FoldError;
  const { message } = known ? error : new FoldError('E_BUG', String(error));
  const rejected = known && error.code === 'E_REJECTED';
  return {
    standing: rejected ? 'rejected' : 'unusable',
    headline: plain(`${rejected ? 'REJECTED' : 'NOT VERIFIED'}: ${message}`),
    lines: known
      ? errorLines(error)
          .slice(1)
          .map((line) => plain(line.trim()))
      : [],
  };
}
