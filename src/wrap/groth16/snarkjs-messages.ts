/** What crosses between us and the process in which snarkjs runs. Files are named, a witness may come as bytes. */
import type { Groth16ProofJson } from './verify.ts';

export type SnarkjsRequest =
  | { readonly verb: 'prove'; readonly zkey: string; readonly wtns: string | Uint8Array }
  | { readonly verb: 'newKey'; readonly r1cs: string; readonly ptau: string; readonly zkey: string }
  | {
      readonly verb: 'contribute';
      readonly from: string;
      readonly to: string;
      readonly name: string;
      readonly entropy: string;
    }
  | {
      readonly verb: 'beacon';
      readonly from: string;
      readonly to: string;
      readonly name: string;
      readonly beacon: string;
      readonly iterationsExp: number;
    }
  | { readonly verb: 'verifyPtau'; readonly ptau: string }
  | { readonly verb: 'verifyKey'; readonly r1cs: string; readonly ptau: string; readonly zkey: string };

export interface SnarkjsResults {
  readonly prove: { readonly proof: Groth16ProofJson; readonly publicSignals: string[] };
  /** 64-byte hash of circuit or contribution. */
  readonly newKey: Uint8Array;
  readonly contribute: Uint8Array;
  readonly beacon: Uint8Array;
  readonly verifyPtau: boolean;
  readonly verifyKey: boolean;
}

export type SnarkjsReply =
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'result'; readonly value: SnarkjsResults[keyof SnarkjsResults] }
  | { readonly type: 'error'; readonly message: string };
