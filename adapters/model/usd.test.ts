import fc from 'fast-check';
import { costOf, picodollars, usdText } from './usd.ts';

test.each<[string, string, string, number, number, string]>([
  ['nothing', '3', '15', 0, 0, '0'],
  ['a million of each', '3', '15', 1_000_000, 1_000_000, '18'],
  ['one token at a price of six places', '0.000001', '0', 1, 0, '0.000000000001'],
  ['a usual call', '0.8', '3.2', 12_345, 678, '0.0120456'],
])('%s', (_name, inputUsdPerMillion, outputUsdPerMillion, inputTokens, outputTokens, expected) => {
  const cost = costOf({ inputUsdPerMillion, outputUsdPerMillion }, { inputTokens, outputTokens });
  expect(usdText(cost)).toBe(expected);
});

test.each(['', '-1', '1e3', '1.', '.5', '0.1234567', '1,5'])('%j is no amount', (text) => {
  expect(() => picodollars(text)).toThrow(RangeError);
});

test('the cost of calls adds up to the cost of their tokens', () => {
  const price = fc.integer({ min: 0, max: 10 ** 9 }).map((micro) => {
    const digits = String(micro).padStart(7, '0');
    return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
  });
  const tokens = fc.record({ inputTokens: fc.nat(10 ** 7), outputTokens: fc.nat(10 ** 7) });
  fc.assert(
    fc.property(price, price, fc.array(tokens, { maxLength: 20 }), (input, output, calls) => {
      const prices = { inputUsdPerMillion: input, outputUsdPerMillion: output };
      const all = calls.reduce(
        (sum, call) => ({
          inputTokens: sum.inputTokens + call.inputTokens,
          outputTokens: sum.outputTokens + call.outputTokens,
        }),
        { inputTokens: 0, outputTokens: 0 },
      );
      const added = calls.reduce((sum, call) => sum + costOf(prices, call), 0n);
      expect(added).toBe(costOf(prices, all));
    }),
    { seed: 24_11_2026, numRuns: 100 },
  );
});
