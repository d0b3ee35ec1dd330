/**
 * Writes the verifier contract: one self-contained Solidity file made from contracts/FoldVerifier.sol.template, with
 * the verification key as constants. Code and NatSpec are in the template; here are only values and words.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Affine } from '../../algebra/params.ts';
import { R } from '../../algebra/params.ts';
import { domainTag } from '../../algebra/sponge.ts';
import { FoldError } from '../../errors.ts';
import type { BlockName } from '../../folding/blocks.ts';
import { packageRoot } from '../../ir/networks.ts';
import { hex } from '../../units.ts';
import { type AffineG2, DELTA, OPENED, pointNames, proofWordCount, STATEMENT } from '../final-proof.ts';
import { KAPPA, signalList } from '../signals.ts';
import { checkVerificationKey, G2_GENERATOR, isInsecure, type VerificationKey } from '../verification-key.ts';
import { WORD } from './batch-constants.ts';
import { fillTemplate, withoutPreamble } from './template.ts';

/** Of `writeVerifier`. */
export interface VerifierOptions {
  readonly vk: VerificationKey;
  /** What the key is for, in words: network, layers, steps. Shown in the NatSpec only. */
  readonly network: string;
  /** The only model digest that the contract accepts; without it the caller passes and compares one. */
  readonly modelDigest?: bigint | undefined;
}

/** A contract as one Solidity file. */
export interface VerifierSource {
  /** Name of the contract; contains "Insecure" for an insecure key. */
  readonly name: string;
  readonly source: string;
}

const WARNING =
  'INSECURE development key: its secrets are public and anyone can forge proofs that this contract accepts. For tests only.';
const ASSUMPTION =
  'Sound if at least one participant of each of the two ceremonies (commitment key and proving key) kept no secrets.';

/** Where the contract finds the signals, in the order of the one list. */
function signalExpressions(points: readonly string[]): string[] {
  const named = <K extends string>(names: readonly K[], struct: string) =>
    Object.fromEntries(names.map((name) => [name, `${struct}.${name}`])) as Record<K, string>;
  const limbs = (coordinate: string) => ({ lo: `${coordinate} & LOW_MASK`, hi: `${coordinate} >> LOW_BITS` });
  return signalList({
    statement: named(STATEMENT, 't'),
    points: points.map((name) => ({ x: limbs(`p.${name}.x`), y: limbs(`p.${name}.y`) })),
    opened: named(OPENED, 'p'),
  });
}

/** a + g b + g^2 c, for comments. */
const inPowersOfG = (names: readonly string[]): string =>
  names.map((name, i) => `${['', 'g '][i] ?? `g^${i} `}${name}`).join(' + ');

/** Everything of the contract that follows from the list of signals, the points of f and the words of a proof. */
function listValues(blocks: readonly BlockName[]): Record<string, string> {
  const points = pointNames(blocks);
  const proofLength = proofWordCount(blocks);
  const signals = signalExpressions(points);
  const lines = (parts: readonly string[]): string => parts.map((part) => `        ${part}`).join('\n');
  return {
    signals: lines(signals.map((value, i) => `words[${i + 2}] = ${value};`)),
    signalCount: `${signals.length}`,
    roots: `${signals.length - 1}`,
    signalWords: `${signals.length + 2}`,
    signalBytes: `${WORD * (signals.length + 2)}`,
    kappaTag: hex(domainTag(KAPPA, signals.length + 1)),
    deltaTag: hex(domainTag(DELTA, proofLength + STATEMENT.length)),
    proofWords: `${proofLength}`,
    proofBytes: `${WORD * proofLength}`,
    polynomial: inPowersOfG([...blocks.map((name) => `p_${name}`), 's']),
    commitment: inPowersOfG(points.map((name) => (name === 's' ? '[s]' : name))),
    pointFields: lines(points.map((name) => `G1 ${name};`)),
    pointsOnCurve: points.map((name) => `_onG1(p.${name})`).join(' && '),
    combinedPoints: lines(
      points.flatMap((name, i) => [
        ...(i > 0 ? ['k = mulmod(k, p.g, R);'] : []),
        `_addMul(acc, p.${name}.x, p.${name}.y, k);`,
      ]),
    ),
  };
}

/**
 * The contract for a key. An insecure key gives an insecure contract, whatever the caller says.
 * @throws E_KEY for a key that cannot be used, E_INPUT for a model digest that is no element of Fr
 */
export async function writeVerifier({ vk, network, modelDigest }: VerifierOptions): Promise<VerifierSource> {
  checkVerificationKey(vk);
  if (modelDigest !== undefined && (modelDigest <= 0n || modelDigest >= R))
    throw new FoldError('E_INPUT', 'This is not a model digest.', {
      expected: `a number from 1 to ${R - 1n}`,
      got: modelDigest.toString(),
      hint: 'fold commit MODEL prints the digest of a model',
    });
  const folder = join(packageRoot(), 'contracts');
  const [template, declaration] = await Promise.all(
    ['FoldVerifier.sol.template', 'IFoldVerifier.sol'].map((file) => readFile(join(folder, file), 'utf8')),
  );
  const insecure = isInsecure(vk);
  const name = insecure ? 'InsecureFoldVerifier' : 'FoldVerifier';
  const values: Record<string, string> = {
    name,
    interface: withoutPreamble(declaration!),
    title: `${insecure ? 'INSECURE verifier' : 'Verifier'} of folded runs of a committed neural network`,
    warning: insecure ? WARNING : ASSUMPTION,
    pinned:
      modelDigest === undefined
        ? 'The model is NOT pinned: callers must compare statement.modelDigest with the digest they trust.'
        : 'The model is pinned: only proofs about MODEL_DIGEST are accepted.',
    network: comment(network),
    insecure: `${insecure}`,
    modelDigest: modelDigest === undefined ? '0' : hex(modelDigest),
    ...listValues(vk.blocks),
    ...Object.fromEntries(vk.ic.flatMap((point, i) => Object.entries(g1(`ic${i}`, point)))),
    ...g1('alpha', vk.alpha),
    ...g2('beta', vk.beta),
    ...g2('gamma', vk.gamma),
    ...g2('delta', vk.delta),
    ...g2('one', G2_GENERATOR),
    ...g2('tau', vk.tau),
  };
  return { name, source: fillTemplate(template!, values) };
}

const g1 = (name: string, { x, y }: Affine): Record<string, string> => ({
  [`${name}.x`]: hex(x),
  [`${name}.y`]: hex(y),
});

const g2 = (name: string, { x, y }: AffineG2): Record<string, string> => ({
  [`${name}.x0`]: hex(x.c0),
  [`${name}.x1`]: hex(x.c1),
  [`${name}.y0`]: hex(y.c0),
  [`${name}.y1`]: hex(y.c1),
});

/** Free words inside a comment of the contract: nothing that could end the comment, or mislead its reader. */
function comment(text: string): string {
  return text.replace(/[^A-Za-z0-9 .,:;+=_()-]/g, '?').slice(0, 200);
}
