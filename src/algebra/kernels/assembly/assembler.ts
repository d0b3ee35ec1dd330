/**
 * Builds one WebAssembly module: functions by name, static memory, counted loops. Kernels take and return i32 (addresses,
 * counts, flags), so that a call from TypeScript needs no conversion.
 *
 * Address 0 holds, as one i32, the address of the first free byte: the arena (algebra/module/arena.ts) allocates from there.
 */
import { invariant } from '../../../errors.ts';
import { type Code, control, type Expr, type I32, i32, type Local, localAt } from './code.ts';
import { encodeModule, type FunctionCode, type ValueType } from './encoding.ts';

const STATIC_ALIGNMENT = 16;

/** Something that can be called by later functions; takes i32 arguments. */
export type Kernel = (...args: I32[]) => Code;
export type KernelWithResult = (...args: I32[]) => I32;

/** The function under construction: its locals and loops. */
export class Scope {
  readonly declared: ValueType[] = [];
  private readonly params: number;

  constructor(params: number) {
    this.params = params;
  }

  local<T extends ValueType>(type: T): Local<T> {
    this.declared.push(type);
    return localAt(type, this.params + this.declared.length - 1);
  }

  locals<T extends ValueType>(type: T, count: number): Local<T>[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  /** Runs `body` `count` times; after each turn every local of `strides` moves on by its number of bytes. */
  repeat(count: I32, strides: readonly (readonly [Local<'i32'>, number])[], ...body: Code[]): Code {
    const left = this.local('i32');
    const moves = strides.map(([local, bytes]) => local.set(offset(local.get, bytes)));
    const again = control.brIf(0, left.tee(offset(left.get, -1)));
    return [left.set(count), control.if(left.get, control.loop(...body, ...moves, again))];
  }
}

export class Assembler {
  private readonly functions: FunctionCode[] = [];
  private readonly data: { readonly at: number; readonly bytes: Uint8Array }[] = [];
  private end = STATIC_ALIGNMENT;

  /** Adds a function without result; `params` names nothing, it only counts. */
  define(name: string, params: number, body: (scope: Scope, ...args: Local<'i32'>[]) => Code[]): Kernel {
    const index = this.add(name, params, undefined, body);
    return (...args) => control.callCode(index, checked(name, params, args));
  }

  /** Adds a function with an i32 result: its body must end in `control.return`. */
  defineResult(
    name: string,
    params: number,
    body: (scope: Scope, ...args: Local<'i32'>[]) => Code[],
  ): KernelWithResult {
    const UNREACHABLE = 0x00;
    const index = this.add(name, params, 'i32', (scope, ...args) => [...body(scope, ...args), [UNREACHABLE]]);
    return (...args) => control.callExpr('i32', index, checked(name, params, args));
  }

  /** Static memory, 16-byte aligned, zero; returns its address. */
  reserve(bytes: number): number {
    const at = this.end;
    this.end += Math.ceil(bytes / STATIC_ALIGNMENT) * STATIC_ALIGNMENT;
    return at;
  }

  /** Static memory with content. */
  constant(bytes: Uint8Array): number {
    const at = this.reserve(bytes.length);
    this.data.push({ at, bytes });
    return at;
  }

  /** Bytes of memory taken. */
  get size(): number {
    return this.end;
  }

  build(): Uint8Array<ArrayBuffer> {
    return encodeModule(this.functions);
  }

  /** Writes the constants and the heap pointer into fresh memory. */
  initialize(memory: Uint8Array): void {
    for (const { at, bytes } of this.data) memory.set(bytes, at);
    new DataView(memory.buffer).setUint32(0, this.end, true);
  }

  private add(
    name: string,
    params: number,
    result: 'i32' | undefined,
    body: (scope: Scope, ...args: Local<'i32'>[]) => Code[],
  ): number {
    const scope = new Scope(params);
    const args = Array.from({ length: params }, (_, index) => localAt('i32', index));
    const code = body(scope, ...args);
    const types = new Array<ValueType>(params).fill('i32');
    this.functions.push({ name, params: types, result, locals: scope.declared, body: code });
    return this.functions.length - 1;
  }
}

/** address + bytes */
export function offset(address: I32, bytes: number): I32 {
  return bytes === 0 ? address : i32.add(address, i32.const(bytes));
}

/** base + size * index */
export function indexed(base: I32, index: I32, size: number): I32 {
  return i32.add(base, i32.mul(index, i32.const(size)));
}

function checked(name: string, params: number, args: readonly I32[]): readonly Expr<ValueType>[] {
  invariant(args.length === params, `${name} takes ${params} arguments, got ${args.length}`);
  return args;
}
