/** The sponge once more, on arrays and the plain permutation only: what both hashing and transcripts must agree with. */
import { R } from '../../src/algebra/params.ts';
import { permute } from '../../src/algebra/poseidon/permutation.ts';

/** Capacity at the start: the name's bytes above 32 bits of length. */
function startOf(domain: string, length: number): bigint {
  const name = domain.length ? BigInt(`0x${Buffer.from(domain, 'ascii').toString('hex')}`) : 0n;
  return name * 2n ** 32n + BigInt(length);
}

function sponge(state: bigint[], message: readonly bigint[]): bigint[] {
  const rate = state.length - 1;
  const blocks = Math.max(1, Math.ceil(message.length / rate));
  for (let b = 0; b < blocks; b++) {
    for (let k = 0; k < rate; k++) state[1 + k] = (state[1 + k]! + (message[b * rate + k] ?? 0n)) % R;
    state = permute(rate + 1, state);
  }
  return state;
}

export function plainHash(domain: string, message: readonly bigint[]): bigint {
  const rate = message.length === 0 ? 1 : Math.min(16, message.length);
  return sponge([startOf(domain, message.length), ...new Array<bigint>(rate).fill(0n)], message)[1]!;
}

export class PlainTranscript {
  #state: bigint[];

  constructor(domain: string, rate = 16) {
    this.#state = [startOf(domain, 0), ...new Array<bigint>(rate).fill(0n)];
  }
  /** Absorbs a message and squeezes. */
  squeeze(...message: readonly bigint[]): bigint {
    this.#state = sponge(this.#state, message);
    return this.#state[1]!;
  }
}
