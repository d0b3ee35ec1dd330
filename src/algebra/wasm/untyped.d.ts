/**
 * Types of the two untyped libraries of this engine, only as far as it uses them: `wasmbuilder` (an assembler whose
 * code is a flat list of bytes) and three builders of `wasmcurves` that emit field and curve functions with it.
 */
declare module 'wasmbuilder' {
  /** Encoded instructions; concatenation is sequence. */
  export type Code = number[];

  export interface CodeBuilder {
    setLocal(name: string, value: Code): Code;
    getLocal(name: string): Code;
    i32_const(value: number): Code;
    i64_const(value: number): Code;
    i32_load(address: Code, offset?: number): Code;
    i32_load8_u(address: Code, offset?: number): Code;
    i64_store(address: Code, offset: number, value: Code): Code;
    i32_add(a: Code, b: Code): Code;
    i32_sub(a: Code, b: Code): Code;
    i32_mul(a: Code, b: Code): Code;
    i32_shl(a: Code, b: Code): Code;
    i32_eqz(a: Code): Code;
    i32_eq(a: Code, b: Code): Code;
    i32_or(a: Code, b: Code): Code;
    i64_sub(a: Code, b: Code): Code;
    i64_lt_s(a: Code, b: Code): Code;
    call(name: string, ...args: Code[]): Code;
    if(condition: Code, then: Code, otherwise?: Code): Code;
    block(body: Code): Code;
    loop(...body: Code[]): Code;
    br_if(depth: number, condition: Code): Code;
    br(depth: number): Code;
    ret(value: Code): Code;
  }

  export interface FunctionBuilder {
    addParam(name: string, type: 'i32'): void;
    addLocal(name: string, type: 'i32' | 'i64'): void;
    setReturnType(type: 'i32'): void;
    addCode(...code: Code[]): void;
    getCodeBuilder(): CodeBuilder;
  }

  export class ModuleBuilder {
    /** Address of the first byte not taken by static data; the data segment stores it at address 0. */
    readonly free: number;
    /** What each builder left behind under its prefix, e.g. addresses of constants. */
    readonly modules: Record<string, { readonly pq: number; readonly pR2: number; readonly pOne: number }>;
    addFunction(name: string): FunctionBuilder;
    exportFunction(name: string): void;
    setMemory(pages: number): void;
    /** Static memory, 8-byte aligned; returns its address. */
    alloc(size: number): number;
    alloc(bytes: Uint8Array): number;
    build(): Uint8Array<ArrayBuffer>;
  }
}

declare module 'wasmcurves/src/build_f1m.js' {
  import type { ModuleBuilder } from 'wasmbuilder';
  export default function buildF1m(module: ModuleBuilder, modulus: bigint, prefix: string): string;
}

declare module 'wasmcurves/src/build_curve_jacobian_a0.js' {
  import type { ModuleBuilder } from 'wasmbuilder';
  /** `b` is the address of the curve's b in Montgomery form. */
  export default function buildCurve(module: ModuleBuilder, prefix: string, field: string, b: number): string;
}

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
