/** The part of the WebAssembly API used here; Node's own types leave it out. */
declare namespace WebAssembly {
  class Memory {
    constructor(descriptor: { readonly initial: number });
    readonly buffer: ArrayBuffer;
    /** Grows by that many pages of 64 kB; every older `buffer` becomes empty. Throws RangeError when refused. */
    grow(pages: number): number;
  }
  /** Compiled code; may be sent to other threads. */
  class Module {
    private readonly opaque: unknown;
  }
  function compile(bytes: Uint8Array<ArrayBuffer>): Promise<Module>;
  function validate(bytes: Uint8Array<ArrayBuffer>): boolean;
  function instantiate(
    module: Module,
    imports: { readonly env: { readonly memory: Memory } },
  ): Promise<{ readonly exports: Record<string, unknown> }>;
  function instantiate(
    bytes: Uint8Array<ArrayBuffer>,
    imports: { readonly env: { readonly memory: Memory } },
  ): Promise<{ readonly instance: { readonly exports: Record<string, unknown> } }>;
}
