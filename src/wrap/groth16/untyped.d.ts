/** Types of what is used of `snarkjs`, which comes without any. */
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
    /** Writes a file for every smaller power, of two digits behind the template. */
    truncate(ptau: File, template: string, logger?: Logger): Promise<true>;
    verify(ptau: File, logger?: Logger): Promise<boolean>;
  };
  export const curves: { getCurveFromName(name: string): Promise<{ terminate(): Promise<void> }> };
}
