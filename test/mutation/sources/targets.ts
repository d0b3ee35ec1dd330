/** Sources of the verifiers, each with the smallest set of test files that should notice when a check of it is gone. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceMutant } from './edit.ts';
import { templateMutants } from './solidity.ts';
import { typescriptMutants } from './typescript.ts';

export const ROOT = join(import.meta.dirname, '../../..');

interface Target {
  readonly file: string;
  /** In the order in which they are asked. */
  readonly tests: readonly string[];
}

const FOLDED = ['verify', 'batch', 'machine-verify', 'planned'].map((name) => `test/folding/${name}.test.ts`);

export const TARGETS: readonly Target[] = [
  { file: 'src/folding/verify.ts', tests: FOLDED },
  { file: 'src/folding/verify-claim.ts', tests: FOLDED },
  { file: 'src/folding/proof-shape.ts', tests: FOLDED },
  { file: 'src/folding/planned.ts', tests: ['test/folding/planned.test.ts'] },
  { file: 'src/folding/batch-tree.ts', tests: ['test/folding/batch-tree.test.ts'] },
  { file: 'src/folding/member.ts', tests: ['test/folding/member.test.ts', 'test/folding/batch.test.ts'] },
  { file: 'src/wrap/verify.ts', tests: ['test/wrap/verify.test.ts'] },
  { file: 'src/wrap/opening/pairing.ts', tests: ['test/wrap/verify.test.ts'] },
  { file: 'src/wrap/verification-key.ts', tests: ['test/wrap/verify.test.ts'] },
  { file: 'src/wrap/known-secrets.ts', tests: ['test/wrap/known-secrets.test.ts'] },
  { file: 'src/wrap/groth16/verify.ts', tests: ['test/wrap/groth16/verify.test.ts'] },
  {
    file: 'src/compressed/verify.ts',
    tests: ['test/compressed/compressed.test.ts', 'test/compressed/machine.test.ts'],
  },
  {
    file: 'src/compressed/opening.ts',
    tests: ['test/compressed/opening.test.ts', 'test/compressed/compressed.test.ts'],
  },
  { file: 'src/compressed/as-check.ts', tests: ['test/compressed/as-check.test.ts'] },
  { file: 'src/compressed/inner-product.ts', tests: ['test/compressed/compressed.test.ts'] },
  {
    file: 'contracts/FoldVerifier.sol.template',
    tests: ['verifier', 'encodings', 'forgeries', 'precompiles', 'public-inputs'].map(
      (name) => `test/wrap/contract/${name}.test.ts`,
    ),
  },
  { file: 'contracts/FoldBatch.sol.template', tests: ['test/wrap/contract/batch.test.ts'] },
  {
    file: 'contracts/FoldMachineBatch.sol.template',
    tests: ['test/wrap/contract/machine-batch.test.ts'],
  },
  {
    file: 'contracts/FoldTree.sol.template',
    tests: ['test/wrap/contract/batch.test.ts', 'test/wrap/contract/machine-batch.test.ts'],
  },
];

export const isContract = ({ file }: Pick<Target, 'file'>): boolean => file.endsWith('.template');

export async function mutantsOf(target: Target): Promise<SourceMutant[]> {
  const { file } = target;
  const source = await readFile(join(ROOT, file), 'utf8');
  return isContract(target) ? templateMutants(file, source) : typescriptMutants(file, source);
}
