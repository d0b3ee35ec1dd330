/** ONNX's own test suite of operators and whole networks, read into tensor graphs and run in doubles. */
import { describe, expect, test } from 'vitest';
import { FoldError } from '../../src/errors.ts';
import { difference, networkCase, networkCases, nodeCase, nodeCases } from '../helpers/conformance.ts';
import { sharedMissing } from '../helpers/shared.ts';

const nodesMissing = sharedMissing('conformance', 'onnx-node');
const networksMissing = sharedMissing('conformance', 'networks');

describe.skipIf(nodesMissing)('operators of the ONNX test suite', () => {
  for (const name of nodesMissing ? [] : nodeCases()) {
    test(`${name}: parameters frozen, everything frozen`, async () => {
      const given = await nodeCase(name);
      expect(difference(given, 'parameters')).toBeUndefined();
      expect(difference(given, 'everything')).toBeUndefined();
    });
    test(`${name}: everything computed, or refused by name`, async () => {
      let refused: unknown;
      try {
        expect(difference(await nodeCase(name), 'nothing')).toBeUndefined();
      } catch (error) {
        if (!(error instanceof FoldError)) throw error;
        refused = error;
      }
      if (refused)
        expect(refused).toMatchObject({ code: 'E_UNSUPPORTED', got: expect.stringContaining('from the data') });
    });
  }
});

describe.skipIf(networksMissing)('networks', () => {
  for (const name of networksMissing ? [] : networkCases())
    test(name, async () => expect(difference(await networkCase(name))).toBeUndefined());
});
