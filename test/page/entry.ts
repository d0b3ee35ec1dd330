/** layerfold/verify as a program in a browser has it: bundled, and called with the texts of files. */
import { checkProvenInput, checkProvenOutput, parseKey, parseProof, verifyProof } from 'layerfold/verify';

function check(proof: string, key: string, data?: { readonly input: string; readonly output: string }): string {
  try {
    const verified = verifyProof(parseProof(proof), parseKey(key));
    if (data) {
      checkProvenInput(verified, JSON.parse(data.input));
      checkProvenOutput(verified, JSON.parse(data.output));
    }
    return `${verified.statement.steps} steps`;
  } catch (error) {
    return (error as { code?: string }).code ?? String(error);
  }
}

Object.assign(globalThis, { check });
