/**
 * How far snarkjs is, out of its log. A call works off parts one after another; each is told of by lines that begin alike, most of which end
 * in "i/n". What is counted is points: of keys, of powers of tau, of their Lagrange bases.
 */
import { domainPower } from './qap.ts';
import type { ZkeyHeader } from './zkey.ts';

export interface LoggedPart {
  /** How its lines begin. */
  readonly line: string;
  readonly points: number;
}

type Sizes = Pick<ZkeyHeader, 'signals' | 'publicInputs' | 'domain'>;

const privateSignals = ({ signals, publicInputs }: Sizes): number => signals - publicInputs - 1;

/** Of `newKey`. */
export function newKeyParts(sizes: Sizes): LoggedPart[] {
  const { signals, publicInputs, domain } = sizes;
  return [
    { line: 'Writing points start IC:', points: publicInputs + 1 },
    { line: 'HashingHPoints:', points: domain },
    { line: 'Writing points start C:', points: privateSignals(sizes) },
    ...['A', 'B1', 'B2'].map((name) => ({ line: `Writing points start ${name}:`, points: signals })),
  ];
}

/** As `newKeyParts` has them, of a circuit whose key is not there yet. */
export function sizesOf({
  signals,
  publicInputs,
  constraints,
}: Record<'signals' | 'publicInputs' | 'constraints', number>): Sizes {
  return { signals, publicInputs, domain: 2 ** domainPower(constraints, publicInputs) };
}

/** Of `contribute` and `beacon`. */
export function contributionParts(sizes: Sizes): LoggedPart[] {
  return [
    { line: 'Applying key: L Section:', points: privateSignals(sizes) },
    { line: 'Applying key: H Section:', points: sizes.domain },
  ];
}

/** Of `verifyPtau`, then `verifyKey`. @param ptau the file's power, and that of the ceremony it was cut from, which is hashed first */
export function verificationParts(
  sizes: Sizes,
  { power, ceremony }: Record<'power' | 'ceremony', number>,
): LoggedPart[] {
  const sections = (of: number): [string, number][] => [
    ['tauG1', 2 * 2 ** of - 1],
    ...['tauG2', 'alphaTauG1', 'betaTauG1'].map((name): [string, number] => [name, 2 ** of]),
  ];
  const bases = (name: string): LoggedPart[] =>
    Array.from({ length: power + (name === 'tauG1' ? 2 : 1) }, (_, k) => ({ line: `Power ${k}...`, points: 2 ** k }));
  return [
    ...sections(ceremony).map(([name, points]) => ({ line: `Calculate Initial Hash: ${name}`, points })),
    ...sections(power).map(([name, points]) => ({
      line: `points relations: ${name.replace('Tau', 'tau')}:`,
      points,
    })),
    ...sections(power).flatMap(([name]) => [
      { line: `Verifying phase2 calculated values ${name}...`, points: 0 },
      ...bases(name),
    ]),
    ...newKeyParts(sizes),
    { line: 'Same ratio check L section:', points: privateSignals(sizes) },
    ...['tau', 'lagrange'].map((name) => ({ line: `H Verification(${name}):`, points: sizes.domain })),
  ];
}

/** Listens to the log of one call, or of one after another, and tells how many of all points are behind. */
export function logProgress(
  parts: readonly LoggedPart[],
  told: (done: number, total: number) => void,
): (line: string) => void {
  const total = parts.reduce((sum, { points }) => sum + points, 0);
  let [at, before, done] = [0, 0, 0];
  return (line) => {
    // the first that begins so and is not behind: powers are told of in the same words for every section
    for (let k = at, sum = before; k < parts.length; sum += parts[k++]!.points) {
      if (!line.startsWith(parts[k]!.line)) continue;
      [at, before] = [k, sum];
      break;
    }
    const { points } = parts[at]!;
    const hashed = /^Initial hash: (\d+)$/.exec(line)?.[1];
    const [, i, n] = hashed ? [line, hashed, `${points}`] : (/: +(\d+)\/(\d+) *$/.exec(line) ?? []);
    const own = i !== undefined && (hashed || line.startsWith(parts[at]!.line)) ? (points * Number(i)) / Number(n) : 0;
    const now = Math.min(total, Math.floor(before + own));
    if (now <= done) return;
    done = now;
    told(done, total);
  };
}
