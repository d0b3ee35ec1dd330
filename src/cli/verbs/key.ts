/** `fold key contribute` and `fold key beacon`: the steps of a ceremony that make a proving key trustworthy. */
import { command } from '../../command.ts';
import { FoldError } from '../../errors.ts';
import { counter, type EventListener, stage } from '../../events.ts';
import type { OptionValues } from '../../runs/options.ts';
import { KEY_FILE } from '../../store/run-record.ts';
import { applyBeacon, contribute } from '../../wrap/groth16/ceremony.ts';
import { contributionParts, logProgress } from '../../wrap/groth16/snarkjs-progress.ts';
import { readZkey } from '../../wrap/groth16/zkey.ts';
import type { Verb } from '../verb.ts';

const DEFAULT_ITERATIONS = 10;
const KEY_ARGUMENT = { name: '<key>', about: 'the key so far, a .zkey file' } as const;

export const contributeVerb: Verb = {
  name: 'key contribute',
  about:
    'Mix a fresh secret of this machine into a proving key, and forget it. While one contributor of all did so, nobody can forge.',
  argument: KEY_ARGUMENT,
  options: ['name', 'out'],
  examples: ['fold key contribute wrap-0000.zkey --name ALICE --out wrap-0001.zkey'],
  run: async ({ options, argument, report, signal }) => {
    const name = need(options, 'name', 'who contributes: --name NAME');
    const out = need(options, 'out', 'the new key: --out FILE');
    const hash = await mixedIn(argument!, report.on, (on) => contribute(argument!, out, name, { signal, on }));
    const text = Buffer.from(hash).toString('hex');
    report.result('key contribute', { from: argument, out, name, hash: text }, [
      `${out} has the contribution of ${name}.`,
      `Publish its hash, so that it can be found in the final key: ${text}`,
      `next: hand ${out} to another contributor, or close the ceremony: ${command`fold key beacon ${out} --beacon HEX --name BEACON --out wrap-final.zkey`}`,
    ]);
    return 0;
  },
};

export const beaconVerb: Verb = {
  name: 'key beacon',
  about:
    'Close the ceremony with a public value that nobody could know before, so that the last contributor chose nothing.',
  argument: KEY_ARGUMENT,
  options: ['beacon', 'iterations', 'name', 'out'],
  examples: ['fold key beacon wrap-0001.zkey --beacon 0a1b2c... --name "block 900000" --out wrap-final.zkey'],
  run: async ({ options, argument, report, signal }) => {
    const beacon = need(options, 'beacon', 'such as the hash of a block that was announced before: --beacon HEX');
    const name = need(options, 'name', 'what the beacon is: --name NAME');
    const out = need(options, 'out', 'the new key: --out FILE');
    const iterations = options.iterations ?? DEFAULT_ITERATIONS;
    const hash = await mixedIn(argument!, report.on, (on) =>
      applyBeacon(argument!, out, name, beacon, iterations, { signal, on }),
    );
    const text = Buffer.from(hash).toString('hex');
    report.result('key beacon', { from: argument, out, name, beacon, iterations, hash: text }, [
      `${out} is closed with the beacon ${name}, hashed 2^${iterations} times; its hash: ${text}`,
      `next: ${command`fold key verify ${out} --model MODEL.onnx --ptau FILE --out ${KEY_FILE}`}`,
    ]);
    return 0;
  },
};

/** Runs the stage in which a secret or a beacon is mixed into a key, which tells how many points have it. */
async function mixedIn(
  key: string,
  on: EventListener,
  work: (log: (line: string) => void) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const parts = contributionParts(await readZkey(key));
  return stage(on, 'setup', () => work(logProgress(parts, counter(on, 'setup', 'points'))));
}

function need<N extends 'name' | 'out' | 'beacon'>(options: OptionValues, name: N, expected: string): string {
  const value = options[name];
  if (value !== undefined) return value;
  throw new FoldError('E_USAGE', `This step needs --${name}.`, { expected, got: 'nothing' });
}
