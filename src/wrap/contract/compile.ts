/**
 * Compiles Solidity with solc, which is not part of an installation: it is large and only `fold gas` and the tests
 * need it.
 */
import { FoldError } from '../../errors.ts';

/** The compiler's edge: it takes and gives JSON. */
interface Solc {
  compile(input: string): string;
}

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Record<string, Record<string, { readonly evm: { readonly bytecode: { object: string } } }>>;
}

/** The EVM version that every current chain has; later ones only make the code shorter. */
const EVM_VERSION = 'paris';

/**
 * Creation bytecode of contract `name` in `sources` (file name to text). Warnings are errors: the contracts have none.
 * @throws E_UNSUPPORTED without solc, E_INPUT for a source that does not compile
 */
export async function compileContract(sources: Readonly<Record<string, string>>, name: string): Promise<Uint8Array> {
  const solc = await loadSolc();
  const output: SolcOutput = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: 'Solidity',
        sources: Object.fromEntries(Object.entries(sources).map(([file, content]) => [file, { content }])),
        settings: {
          evmVersion: EVM_VERSION,
          optimizer: { enabled: true, runs: 200 },
          outputSelection: { '*': { '*': ['evm.bytecode.object'] } },
        },
      }),
    ),
  );
  const [problem] = output.errors ?? [];
  const found = Object.values(output.contracts ?? {}).find((contracts) => name in contracts);
  if (problem || !found)
    throw new FoldError('E_INPUT', `The contract ${name} does not compile.`, {
      got: problem?.formattedMessage ?? `no contract ${name}`,
    });
  return Uint8Array.from(Buffer.from(found[name]!.evm.bytecode.object, 'hex'));
}

async function loadSolc(): Promise<Solc> {
  try {
    return (await import('solc')).default as Solc;
  } catch (cause) {
    throw new FoldError('E_UNSUPPORTED', 'The Solidity compiler is not installed.', {
      expected: 'the package solc',
      hint: 'npm install solc',
      cause,
    });
  }
}
