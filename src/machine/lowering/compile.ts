/**
 * Integer graph to program: lowering to jobs, their schedule, and what each step absorbs. The same graph gives the same program.
 */
import type { IntegerGraph } from '../../tensor/quantize/integer.ts';
import type { Program, ProgramPort } from '../program.ts';
import { type MachineShape, slotsPerStep, VECTOR } from '../shape.ts';
import { Emitter, type StepIo } from './emit.ts';
import type { JobList } from './jobs.ts';
import { Lowering } from './lower.ts';
import { EMPTY } from './natural.ts';
import type { Arrangements } from './parts.ts';
import { type Schedule, Scheduler } from './schedule.ts';

/** The output reads of each step that absorbs an output. */
function placeOutputs(
  vectors: readonly number[],
  schedule: Schedule,
  shape: MachineShape,
): ReadonlyMap<number, number[]> {
  const slots = slotsPerStep(shape);
  const outputs = new Map<number, number[]>();
  let step = schedule.memory.inputs;
  for (let from = 0; from < vectors.length; from += shape.io) {
    const reads = vectors.slice(from, from + shape.io).map((vector) => schedule.addresses[vector]!);
    step = reads.reduce((latest, address) => Math.max(latest, Math.floor(address / slots)), step);
    outputs.set(step++, reads);
  }
  return outputs;
}

export interface CompiledProgram extends Program {
  readonly schedule: Schedule;
}

/** The vector whose first number is revealed. */
function revealedVector(lowering: Lowering, code: number): number {
  return lowering.gather(new Int32Array(VECTOR).fill(EMPTY).fill(code, 0, 1), 'class', false);
}

interface Scheduled {
  readonly list: JobList;
  readonly schedule: Schedule;
}

/**
 * Neighbours that stand side by side, and sums of joined matrices, wait for one another, but leave more room for others: the program is also
 * made without each, where there are any.
 */
function shortest(list: JobList, shape: MachineShape): Scheduled {
  const make = (arrangements: Arrangements): Scheduled => {
    const own = list.copy();
    return { list: own, schedule: new Scheduler(own, shape, arrangements).run() };
  };
  let best = make({ patches: true, joins: true });
  for (const kind of ['patches', 'joins'] as const) {
    const { uses, groups } = best.schedule;
    if (!uses[kind]) continue;
    const without = make({ ...uses, [kind]: false });
    if (without.schedule.groups.length <= groups.length) best = without;
  }
  return best;
}

export function compile(graph: IntegerGraph, shape: MachineShape): CompiledProgram {
  const slots = slotsPerStep(shape);
  const lowering = new Lowering(graph, 2 ** Math.floor(Math.log2(shape.constants)), slots);
  lowering.run();
  const vectors: number[] = [];
  const outputs = graph.outputs.map(({ name, shape: dims, scale, codes }): ProgramPort => {
    const first = vectors.length;
    const output = lowering.output(codes, name);
    vectors.push(...output.vectors);
    return { name, shape: dims, scale, places: output.places.map((at) => at + first * VECTOR) };
  });
  const inputs = graph.inputs.map(({ name, shape: dims, scale, codes }): ProgramPort => {
    const places = codes.map((code) => lowering.inputPlace(code));
    return { name, shape: dims, scale, places };
  });
  const revealed = graph.revealed === undefined ? undefined : revealedVector(lowering, graph.revealed);
  const { list, schedule } = shortest(lowering.list, shape);
  const outputReads = placeOutputs(vectors, schedule, shape);
  const { memory, groups } = schedule;
  const steps = Math.max(
    1,
    memory.steps,
    memory.inputs,
    Math.ceil(groups.length / shape.groups),
    ...[...outputReads.keys()].map((s) => s + 1),
  );
  const emitter = new Emitter(list, schedule, shape, slots);
  const io = (step: number): StepIo => {
    const reads = outputReads.get(step);
    const address = revealed !== undefined && step === steps - 1 ? schedule.addresses[revealed]! : undefined;
    if (reads) return { selector: 'output', reads, reveal: address };
    if (step >= memory.inputs) return { selector: undefined, reads: [], reveal: address };
    const own = Array.from({ length: shape.io }, (_, n) => step * slots + shape.constants + n);
    return { selector: 'input', reads: own, reveal: address };
  };
  return {
    shape,
    steps,
    inputs,
    outputs,
    reveals: revealed === undefined ? 'nothing' : 'class',
    nodeOf: (step, group, row) => groups[step * shape.groups + group]?.nodeOf(row) ?? '',
    model: (step) => emitter.model(step, io(step)),
    schedule,
  };
}
