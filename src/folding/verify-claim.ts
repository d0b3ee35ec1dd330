/**
 * What a proof of a chain claims, checked but for its instances: parameters, numbers, points, the chain's last hash, the model, the
 * last item (protocol section 8). The same for folded and for compressed proofs.
 */
import { isOnCurve } from '../algebra/curve.ts';
import type { Engine } from '../algebra/engine.ts';
import { type Affine, type CurveParams, G1_PARAMS, GRUMPKIN_PARAMS } from '../algebra/params.ts';
import { nativeSponge } from '../algebra/sponge.ts';
import { FoldError } from '../errors.ts';
import { isItem } from './batch-tree.ts';
import { MODEL, TRACE } from './blocks.ts';
import { completeModelChain, extendTraceChain, hashLink, hashModelOf } from './hashes.ts';
import { commitmentOf, type Running } from './instance.ts';
import { CHALLENGES, squeezeChallenges } from './memory.ts';
import { type ChainClaim, itemsBegun } from './proof.ts';
import { elementOf, isStart, itemOfState } from './state.ts';
import type { StepSystem } from './step-system.ts';

/** The checks in the order in which they are made. */
export const CLAIM_CHECKS = [
  ...(['parameters', 'steps', 'start', 'points', 'chain-hash', 'model'] as const),
  ...(['challenges', 'memory-sum', 'item'] as const),
] as const;
export type ClaimCheck = (typeof CLAIM_CHECKS)[number];

export function rejected(name: string, expected: string): FoldError {
  return new FoldError('E_REJECTED', `The proof is false: check '${name}' failed.`, {
    expected,
    got: 'something else',
  });
}

/** The running instances as the chain's hash covers them. */
export function runningOf({ running, cycleFold }: ChainClaim): Running<bigint> {
  return { U: { ...running.claim, cms: running.cms.map(commitmentOf) }, cycleFold: cycleFold.instance };
}

/** @param claim of the right shape (proof-shape.ts) @throws E_REJECTED naming the first check that fails */
export function verifyClaim(
  engine: Engine,
  system: StepSystem,
  claim: ChainClaim,
  onCheck: (name: ClaimCheck) => void,
): void {
  const sponge = nativeSponge(engine);
  const { statement, program, running, last, remaining, path, cycleFold } = claim;
  const { state } = system.step;
  const { wires, steps, z0, z } = statement;
  const check = (name: ClaimCheck, holds: boolean, expected: string): void => {
    if (!holds) throw rejected(name, expected);
  };

  check('parameters', wires.pp === system.pp, 'the parameter digest of this plan, circuit and commitment key');
  onCheck('parameters');

  const perNetwork = Number(wires.stepsPerNetwork);
  const inRange = [steps, perNetwork].every((n) => Number.isSafeInteger(n) && n >= 1 && n < 2 ** 32);
  check('steps', inRange, '1 <= steps < 2^32, and so for the steps per network');
  const items = itemsBegun(steps, wires.stepsPerNetwork);
  const total = steps + remaining.length;
  check('steps', total === items * perNetwork, 'steps + remaining = a whole number of networks');
  check('steps', items === 1 || wires.root !== 0n, 'one network, or the root of a batch');
  onCheck('steps');

  check('start', isStart(state, z0), 'the state before the first step: the digest of an input, and zeros');
  onCheck('start');

  const points: [Affine, CurveParams][] = [
    ...[...running.cms, ...last.cms, ...remaining].map((p): [Affine, CurveParams] => [p, G1_PARAMS]),
    [cycleFold.instance.c, GRUMPKIN_PARAMS],
  ];
  check(
    'points',
    points.every(([p, curve]) => isOnCurve(curve, p)),
    'canonical points on their curves',
  );
  onCheck('points');

  const x = hashLink(sponge, { ...wires, i: BigInt(steps), z0, z, m: statement.m, ...runningOf(claim) });
  check(
    'chain-hash',
    x === last.x,
    'the public input of the last instance hashes the statement and the running instances',
  );
  onCheck('chain-hash');

  const m = completeModelChain(sponge, statement.m, [last.cms[MODEL]!, ...remaining]);
  check(
    'model',
    hashModelOf(sponge, wires.pp, wires.stepsPerNetwork, m, program?.interfaceDigest) === wires.modelDigest,
    'the model digest of the committed steps',
  );
  onCheck('model');

  // of networks before the last the chain has shown it; the first steps of one show nothing of its memory
  if (state.kind === 'machine' && remaining.length === 0) {
    const trace = extendTraceChain(sponge, elementOf(state, z, 'c'), commitmentOf(last.cms[TRACE]!));
    const { pp, modelDigest } = wires;
    const challenges = squeezeChallenges(sponge, { pp, modelDigest, trace, planned: program!.planned });
    check(
      'challenges',
      CHALLENGES.every((name) => challenges[name] === elementOf(state, z, name)),
      "the challenges of the commitments to the network's traces",
    );
    onCheck('challenges');
    check('memory-sum', elementOf(state, z, 'sum') === 0n, 'every value that is read was written: the sum is 0');
    onCheck('memory-sum');
  }

  // the items before the last were checked in the chain, the last one when its network is complete
  if (wires.root !== 0n && remaining.length === 0) {
    const item = itemOfState(state, z);
    check('item', isItem(sponge, wires.root, items - 1, item, path), 'the last item is in the tree of the batch');
    onCheck('item');
  }
}
