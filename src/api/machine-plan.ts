/**
 * The plan of a network on the tensor machine (plan.json): the machine's sizes, how its tensors become integers, and of a run the
 * program's length, its commitments in one digest, and its interface. All but the integers can be shown of a private model.
 */
import * as z from 'zod';
import { plainSponge } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import { hashProgram } from '../folding/hashes.ts';
import {
  interfaceDigest,
  interfaceToJson,
  type MachineInterface,
  parseInterface,
  parseShape,
} from '../machine/interface.ts';
import type { MachineShape } from '../machine/shape.ts';
import { digestText } from '../store/json.ts';
import { hex } from '../units.ts';

/** What a model digest is the hash of, beside the parameters. */
export interface ProvenProgram {
  /** L. */
  readonly steps: number;
  /** pp. */
  readonly parameters: bigint;
  /** m_L, the model chain over all steps. */
  readonly chain: bigint;
  readonly ports: MachineInterface;
}

/** How a network becomes integers on the machine, and of a run which program was proven. */
export interface MachinePlan {
  readonly format: 'layerfold/plan';
  readonly version: 4;
  readonly machine: MachineShape;
  /** What its program reveals beside the output's digest; absent for nothing. */
  readonly reveals?: 'class';
  /** How tensors become integers, as src/tensor writes it; absent where the model is private. */
  readonly quantization?: unknown;
  /** Sample inputs that the ranges are from, where the integers are told. */
  readonly samples?: number;
  /** Of a run. */
  readonly program?: ProvenProgram;
}

const openingSchema = z.strictObject({
  steps: z
    .int()
    .min(1)
    .max(2 ** 32 - 1),
  parameters: digestText,
  chain: digestText,
  interface: z.unknown(),
});

const planSchema = z.strictObject({
  format: z.literal('layerfold/plan'),
  version: z.literal(4),
  machine: z.unknown(),
  reveals: z.literal('class').optional(),
  quantization: z.unknown().optional(),
  samples: z
    .int()
    .min(1)
    .max(2 ** 31)
    .optional(),
  program: openingSchema.optional(),
});

/** As its file has it. */
export function machinePlanToJson(plan: MachinePlan): unknown {
  const { format, version, machine, reveals, quantization, samples, program } = plan;
  return {
    ...{ format, version, machine },
    ...(reveals && { reveals }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(samples === undefined ? {} : { samples }),
    ...(program && {
      program: {
        steps: program.steps,
        parameters: hex(program.parameters),
        chain: hex(program.chain),
        interface: interfaceToJson(program.ports),
      },
    }),
  };
}

/** @throws E_PLAN, E_FORMAT */
export function parseMachinePlan(json: unknown): MachinePlan {
  const parsed = planSchema.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new FoldError('E_PLAN', 'The plan is not valid.', {
      expected: issue?.message ?? 'a plan',
      got: `at ${issue?.path.join('.') || 'the top level'}`,
      hint: 'Make a new one: fold calibrate MODEL.onnx --data FILES',
    });
  }
  const { format, version, machine, reveals, quantization, samples, program } = parsed.data;
  return {
    ...{ format, version, machine: parseShape(machine) },
    ...(reveals && { reveals }),
    ...(quantization === undefined ? {} : { quantization }),
    ...(samples === undefined ? {} : { samples }),
    ...(program && {
      program: {
        steps: program.steps,
        parameters: BigInt(program.parameters),
        chain: BigInt(program.chain),
        ports: parseInterface(program.interface),
      },
    }),
  };
}

/** The same integers in a program that reveals this. */
export function revealing({ reveals: _, ...plan }: MachinePlan, what: 'class' | 'nothing'): MachinePlan {
  return what === 'class' ? { ...plan, reveals: what } : plan;
}

/**
 * The interface of a proven program, opened from its model digest.
 * @throws E_REJECTED where the digest is of another program, E_PLAN where the plan does not tell
 */
export function openProgram({ program }: MachinePlan, modelDigest: bigint): ProvenProgram {
  if (!program)
    throw new FoldError('E_PLAN', 'The plan does not tell which program was proven.', {
      expected: '"program", as plan.json of a run has it',
      got: 'none',
    });
  const { parameters, steps, chain, ports } = program;
  const digest = hashProgram(plainSponge, parameters, BigInt(steps), chain, interfaceDigest(ports));
  if (digest === modelDigest) return program;
  throw new FoldError('E_REJECTED', "The run is not what it says: check 'interface' failed.", {
    expected: `model digest ${hex(modelDigest)}`,
    got: hex(digest),
  });
}
