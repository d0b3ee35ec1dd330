/**
 * A small layer over wasmbuilder in which the kernels are written: functions of i32 parameters (addresses and counts),
 * scratch field elements, and one loop, `sweep`, which walks pointers through memory. Code is a flat list of bytes;
 * All field elements are passed by address and results are written to an address, as in wasmcurves.
 */
import type { Code, CodeBuilder, ModuleBuilder } from 'wasmbuilder';
import { FIELD_BYTES, POINT_BYTES } from '../engine.ts';

export type { Code, ModuleBuilder };

/** Bytes of a Jacobian point (x, y, z) of wasmcurves. */
export const JACOBIAN_BYTES = 3 * FIELD_BYTES;
export { FIELD_BYTES, POINT_BYTES };

const seq = (...codes: Code[]): Code => codes.flat();

/** One wasm function under construction. */
export class Kernel {
  readonly c: CodeBuilder;
  private readonly declare: (local: string) => void;
  private loops = 0;

  constructor(c: CodeBuilder, declare: (local: string) => void) {
    this.c = c;
    this.declare = declare;
  }

  get(name: string): Code {
    return this.c.getLocal(name);
  }

  set(name: string, value: Code): Code {
    return this.c.setLocal(name, value);
  }

  /** name += bytes */
  advance(name: string, bytes: number): Code {
    return this.set(name, this.offset(this.get(name), bytes));
  }

  offset(address: Code, bytes: number): Code {
    return this.c.i32_add(address, this.c.i32_const(bytes));
  }

  /** base + 32 index: the address of an element of a Vec. */
  element(base: Code, index: Code): Code {
    return this.c.i32_add(base, this.c.i32_shl(index, this.c.i32_const(5)));
  }

  /** Runs `body` `count` times; after each turn every local of `strides` moves on by its number of bytes. */
  sweep(count: Code, strides: Readonly<Record<string, number>>, ...body: Code[]): Code {
    const left = `left${this.loops++}`;
    this.declare(left);
    const { c } = this;
    return seq(
      this.set(left, count),
      c.block(
        c.loop(
          c.br_if(1, c.i32_eqz(this.get(left))),
          ...body,
          ...Object.entries(strides).map(([name, bytes]) => this.advance(name, bytes)),
          this.advance(left, -1),
          c.br(0),
        ),
      ),
    );
  }
}

/** A kernel's head. Everything is 32 bits wide but the locals in `wide`. */
export interface Signature {
  readonly name: string;
  readonly params: readonly string[];
  readonly locals?: readonly string[];
  readonly wide?: readonly string[];
  /** The kernel returns an i32 by `ret`. */
  readonly returns?: true;
}

/** Adds and exports a function. */
export function defineKernel(module: ModuleBuilder, signature: Signature, body: (k: Kernel) => Code[]): void {
  const f = module.addFunction(signature.name);
  for (const param of signature.params) f.addParam(param, 'i32');
  if (signature.returns) f.setReturnType('i32');
  for (const local of signature.locals ?? []) f.addLocal(local, 'i32');
  for (const local of signature.wide ?? []) f.addLocal(local, 'i64');
  f.addCode(...body(new Kernel(f.getCodeBuilder(), (local) => f.addLocal(local, 'i32'))));
  module.exportFunction(signature.name);
}

/** Calls of one field's functions (prefix `frm` or `f1m`) within a kernel, and its constants' addresses. */
export class FieldCalls {
  readonly one: Code;
  readonly modulus: Code;
  readonly toMontgomeryFactor: Code;
  private readonly c: CodeBuilder;
  private readonly prefix: string;

  constructor(module: ModuleBuilder, prefix: string, k: Kernel) {
    const { pq, pR2, pOne } = module.modules[prefix]!;
    this.c = k.c;
    this.prefix = prefix;
    this.one = k.c.i32_const(pOne);
    this.modulus = k.c.i32_const(pq);
    this.toMontgomeryFactor = k.c.i32_const(pR2);
  }

  mul(a: Code, b: Code, out: Code): Code {
    return this.c.call(`${this.prefix}_mul`, a, b, out);
  }
  square(a: Code, out: Code): Code {
    return this.c.call(`${this.prefix}_square`, a, out);
  }
  add(a: Code, b: Code, out: Code): Code {
    return this.c.call(`${this.prefix}_add`, a, b, out);
  }
  sub(a: Code, b: Code, out: Code): Code {
    return this.c.call(`${this.prefix}_sub`, a, b, out);
  }
  neg(a: Code, out: Code): Code {
    return this.c.call(`${this.prefix}_neg`, a, out);
  }
  copy(from: Code, to: Code): Code {
    return this.c.call(`${this.prefix}_copy`, from, to);
  }
  zero(out: Code): Code {
    return this.c.call(`${this.prefix}_zero`, out);
  }
  isZero(a: Code): Code {
    return this.c.call(`${this.prefix}_isZero`, a);
  }
  isOne(a: Code): Code {
    return this.c.call(`${this.prefix}_isOne`, a);
  }
}
