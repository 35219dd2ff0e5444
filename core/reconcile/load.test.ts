import { LocalWarehouse } from '#adapters/local/warehouse.ts';
import { literal } from './load.ts';

test.each([
  ['nothing', ''],
  ['quotes', "it's ''quoted''"],
  ['backslashes and double quotes', String.raw`a\n"b"\'`],
  ['line breaks', 'a\r\nb'],
  ['a NUL', 'a\u0000b'],
  ['nothing but NUL', '\u0000\u0000'],
  ['more than ASCII', 'é-😀-中'],
  ['what looks like SQL', "'; DROP TABLE x; --$1"],
])('a literal with %s is read as that text', async (_what, text) => {
  const session = await new LocalWarehouse({ memoryLimitMb: 128, threads: 1 }).open();
  const rows = await session.query(`SELECT ${literal(text)} AS text, length(${literal(text)}) AS length`);
  await session.close();
  expect(rows).toEqual([{ text, length: String([...text].length) }]);
});
