/**
 * All options of all verbs, as data. A verb lists the names that it takes (src/cli/verbs); each value is parsed here (option-values.ts),
 * so that a verb never sees text that nobody checked.
 */

import { CIRCUITS } from '../api/load-network.ts';
import { parseWorkers } from '../api/workers.ts';
import {
  address,
  choice,
  dimensions,
  factor,
  integer,
  list,
  parseDigest,
  parseInterval,
  parseRedis,
  parseSize,
  parseStream,
  privateParts,
  text,
} from './option-values.ts';

export const OPTIONS = {
  model: { flags: '-M, --model <file>', about: 'the ONNX file; the same as the argument', parse: text },
  network: { flags: '--network <name>', about: 'a bundled network: digits512 or synthetic', parse: text },
  circuit: {
    flags: '--circuit <kind>',
    about: 'slots, for chains of equal layers, or machine, for every network; found out unless said',
    parse: choice(CIRCUITS),
  },
  dim: {
    flags: '--dim <name=size...>',
    about: "sizes of the network's symbolic dimensions, such as batch=1",
    parse: dimensions,
  },
  headroom: {
    flags: '--headroom <factor>',
    about: 'room above the ranges that samples show, of a plan for the tensor machine (2)',
    parse: factor,
  },
  saturate: {
    flags: '--saturate',
    about: 'clamp in the circuit what leaves the ranges of a plan for the tensor machine',
  },
  layers: {
    flags: '--layers <n>',
    about: 'the first n layers of the network: head, n - 2 blocks, readout',
    parse: integer(3, 2 ** 20),
  },
  seed: { flags: '--seed <n>', about: 'seed of the synthetic network (1)', parse: integer(0, 2 ** 31) },
  input: {
    flags: '-D, --input <file>',
    about: 'the input: {"input_data": [[...]]} or a nested array',
    parse: text,
  },
  data: {
    flags: '--data <file...>',
    about: 'inputs to make the plan from: files, folders, .jsonl with one input per line',
    parse: list,
  },
  plan: { flags: '--plan <file>', about: 'the plan: scales, bits and grouping', parse: text },
  layersPerStep: { flags: '--layers-per-step <k>', about: 'layers folded in one step', parse: integer(1, 512) },
  activationBits: { flags: '--activation-bits <n>', about: 'bits of an activation', parse: integer(1, 30) },
  activationFraction: {
    flags: '--activation-fraction <n>',
    about: 'fractional bits of an activation',
    parse: integer(0, 29),
  },
  weightFraction: { flags: '--weight-fraction <n>', about: 'fractional bits of a weight', parse: integer(1, 30) },
  program: { flags: '--program', about: 'list the program of the tensor machine step by step' },
  ptau: { flags: '--ptau <file>', about: 'commitment key: the powers of tau of a ceremony', parse: text },
  insecureDev: { flags: '--insecure-dev', about: 'use the development key, under which anyone can forge proofs' },
  workers: { flags: '--workers <n>', about: 'threads (LAYERFOLD_WORKERS, else the cores)', parse: parseWorkers },
  maxMemory: {
    flags: '--max-memory <size>',
    about: 'refuse a run that needs more, such as 4G (LAYERFOLD_MAX_MEMORY)',
    parse: parseSize,
  },
  out: { flags: '-o, --out <path>', about: 'where to write', parse: text },
  oneProof: {
    flags: '--one-proof',
    about: 'one chain and one final proof over all inputs, instead of one for each',
  },
  onBad: {
    flags: '--on-bad <what>',
    about: 'with inputs that cannot be run: skip them (the default), or stop before any proof',
    parse: choice(['skip', 'stop']),
  },
  force: { flags: '--force', about: 'replace another run in the folder' },
  checkpointEvery: {
    flags: '--checkpoint-every <interval>',
    about: 'write a checkpoint every so many steps (64) or so often (30s, 10m)',
    parse: parseInterval,
  },
  keep: { flags: '--keep <n>', about: 'how many checkpoints stay (2)', parse: integer(1, 1000) },
  verifyCheckpoints: { flags: '--verify-checkpoints', about: 'verify each checkpoint before it is announced' },
  stream: {
    flags: '--stream <where>',
    about: 'events for other programs: a port of this machine (0: any free one), or unix:PATH',
    parse: parseStream,
  },
  dryRun: { flags: '--dry-run', about: 'stop after the prediction and the budget' },
  wrap: { flags: '--no-wrap', about: 'stop at, or verify, the folded proof; fold wrap finishes it later' },
  compressed: {
    flags: '--compressed',
    about: 'write compressed.cbor too: a proof of some 35 kB for those who stay off-chain',
  },
  key: { flags: '--key <file>', about: 'proving key of a ceremony (fold setup, fold key)', parse: text },
  groth16: {
    flags: '--groth16 <prover>',
    about: 'who makes the Groth16 proof: native (our kernels), or snarkjs, slower',
    parse: choice(['native', 'snarkjs']),
  },
  reveal: {
    flags: '--reveal <what>',
    about:
      'what the final proof shows of the output: class (unless it is private) or nothing; on the tensor machine what the program reveals (nothing), which the model digest tells',
    parse: choice(['class', 'nothing']),
  },
  private: {
    flags: '--private <names>',
    about: 'what stays hidden: input, output, model, with commas between',
    parse: privateParts,
  },
  modelSalt: {
    flags: '--model-salt <file>',
    about: 'secret of a private model, made where it is absent (MODEL.onnx.salt)',
    parse: text,
  },
  vk: {
    flags: '--vk <file>',
    about: 'the verification key that you trust, as fold key verify --out wrote it',
    parse: text,
  },
  publicJson: {
    flags: '--public-json <file>',
    about: 'write public.json for snarkjs, rebuilt from statement and points',
    parse: text,
  },
  page: {
    flags: '--page <file>',
    about: 'write an HTML page that verifies final and compressed proofs offline, in a browser',
    parse: text,
  },
  rpc: { flags: '--rpc <url>', about: 'ask a deployed contract through this node', parse: text },
  address: { flags: '--address <address>', about: 'of the contract: 0x and 40 hexadecimal digits', parse: address },
  member: {
    flags: '--member <item>',
    about: 'an item of a batch: its id in the folder, or its file',
    parse: text,
  },
  item: {
    flags: '--item <item>',
    about: 'the same, but ask whether the tree has it, whatever is proven (isItem)',
    parse: text,
  },
  batch: { flags: '--batch', about: 'write Batch.sol too, the contract that finds items in proven batches' },
  name: { flags: '--name <name>', about: 'who contributes; public, recorded in the key', parse: text },
  beacon: { flags: '--beacon <hex>', about: 'a public random value that nobody could know before', parse: text },
  iterations: {
    flags: '--iterations <n>',
    about: 'hash the beacon 2^n times (10)',
    parse: integer(10, 63),
  },
  modelDigest: { flags: '--model-digest <digest>', about: 'accept a proof of this model only', parse: parseDigest },
  strict: { flags: '--strict', about: 'fail if model or key is not pinned, or the key is insecure' },
  compareFloat: { flags: '--compare-float', about: 'compare with the network in floating point' },
  test: { flags: '--test <file>', about: 'labelled inputs {"image": [...], "label": [...]}: accuracy', parse: text },
  redis: {
    flags: '--redis <url>',
    about: 'the queue of several machines: redis://HOST:PORT, or rediss:// with TLS',
    parse: parseRedis,
  },
  store: {
    flags: '--store <place>',
    about: 'where machines find models and proofs: a folder that they share, or s3://BUCKET/PREFIX',
    parse: text,
  },
  batchKey: {
    flags: '--batch-key <file>',
    about: 'key of private data for other machines, 64 hexadecimal digits (LAYERFOLD_BATCH_KEY)',
    parse: text,
  },
  concurrency: {
    flags: '--concurrency <n>',
    about: 'jobs at a time, which share the threads (1)',
    parse: integer(1, 64),
  },
  ui: {
    flags: '--ui <port>',
    about: 'show the queue in a browser of this machine (0: any free port), to look at only',
    parse: integer(0, 65535),
  },
  json: { flags: '--json', about: 'one JSON object per line: events, then the result' },
  quiet: { flags: '--quiet', about: 'the result only' },
  debug: { flags: '--debug', about: 'stack traces with errors' },
} as const;

export type OptionName = keyof typeof OPTIONS;

/** The long form, as it is written. */
export const flagOf = (name: OptionName): string => /--[a-z0-9-]+/.exec(OPTIONS[name].flags)![0];

type Parsed<S> = S extends { readonly parse: (...args: never[]) => infer V } ? V : boolean;

/** What the parser hands to a verb. `wrap` is true unless --no-wrap is given. */
export type OptionValues = { readonly [N in OptionName]?: Parsed<(typeof OPTIONS)[N]> };

/** Every verb takes these. */
export const COMMON: readonly OptionName[] = ['json', 'quiet', 'debug'];
/** What says how this machine works and what is shown, and nothing of what is proven or trusted. */
export const MACHINE: readonly OptionName[] = ['workers', 'maxMemory', 'stream', ...COMMON];
