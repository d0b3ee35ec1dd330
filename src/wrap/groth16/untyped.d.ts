/** Types of what is used of `snarkjs` and of one more builder of `wasmcurves`; both come without any. */
declare module 'snarkjs' {
  /** A file by name, or bytes in memory. */
  type File = string | { readonly type: 'mem'; readonly data: Uint8Array };
  interface Logger {
    debug(message: string): void;
    info(message: string): void;
    warn(message: string): void;
    error(message: string): void;
  }
  interface Proof {
    readonly protocol: string;
    readonly curve: string;
    readonly pi_a: readonly string[];
    readonly pi_b: readonly (readonly string[])[];
    readonly pi_c: readonly string[];
  }

  export const groth16: {
    prove(
      zkey: File,
      wtns: File,
      logger?: Logger,
    ): Promise<{ readonly proof: Proof; readonly publicSignals: readonly string[] }>;
    verify(key: object, publicSignals: readonly string[], proof: object, logger?: Logger): Promise<boolean>;
  };
  export const wtns: { check(r1cs: File, wtns: File, logger?: Logger): Promise<boolean> };
  export const zKey: {
    /** The circuit's hash, or -1 (the reason goes to the logger). */
    newZKey(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<Uint8Array | -1>;
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    beacon(
      from: File,
      to: File,
      name: string,
      beaconHex: string,
      iterationsExp: number,
      logger?: Logger,
    ): Promise<Uint8Array>;
    verifyFromR1cs(r1cs: File, ptau: File, zkey: File, logger?: Logger): Promise<boolean>;
    exportVerificationKey(zkey: File, logger?: Logger): Promise<object>;
  };
  export const powersOfTau: {
    newAccumulator(curve: object, power: number, file: File, logger?: Logger): Promise<Uint8Array>;
    contribute(from: File, to: File, name: string, entropy: string, logger?: Logger): Promise<Uint8Array>;
    beacon(
      from: File,
      to: File,
      name: string,
      beaconHex: string,
      iterationsExp: number,
      logger?: Logger,
    ): Promise<Uint8Array>;
    preparePhase2(from: File, to: File, logger?: Logger): Promise<void>;
    verify(ptau: File, logger?: Logger): Promise<boolean>;
  };
  export const curves: { getCurveFromName(name: string): Promise<{ terminate(): Promise<void> }> };
}

declare module 'wasmcurves/src/build_f2m.js' {
  import type { ModuleBuilder } from 'wasmbuilder';
  /** Fq2 = Fq[i] over the field `base`; `nonResidue` is a function of that field: neg for i^2 = -1. */
  export default function buildF2m(module: ModuleBuilder, nonResidue: string, prefix: string, base: string): string;
}
