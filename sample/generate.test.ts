import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATASETS } from '#core/domain/datasets.ts';
import type { FaultRecord } from './fault.ts';
import { generateSample, readManifest, type SampleProgress } from './generate.ts';
import { FEEDS } from './reference-files.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'sample-generate-'));
});
afterAll(() => rmSync(home, { recursive: true }));

const SMALL = { seed: 7, subscribers: 80, days: 3 };

describe('the same parameters give the same bytes', () => {
  test('twice with one seed, once with another', async () => {
    const files = async (name: string, seed: number) => {
      await generateSample({ ...SMALL, seed, out: join(home, name) });
      return readManifest(join(home, name))?.files.map((f) => `${f.path} ${f.sha256}`) ?? [];
    };
    const first = await files('a', 7);
    expect(first.length).toBeGreaterThan(150);
    expect(await files('b', 7)).toEqual(first);
    const other = await files('c', 8);
    const seeded = other.filter((f) => /rated_|labels|faults|subscription\.csv|trailer_/.test(f));
    expect(seeded.length).toBeGreaterThan(8);
    expect(seeded.filter((f) => first.includes(f))).toEqual([]);
  });
});

describe('what stands in the folder', () => {
  const out = () => join(home, 'a');

  test('every dataset has a feed with a declaration, and nothing else stands there', () => {
    expect(readdirSync(out()).sort()).toEqual(['feeds', 'manifest.json', 'truth']);
    expect(readdirSync(join(out(), 'feeds')).sort()).toEqual(Object.keys(FEEDS).sort());
    for (const feed of Object.keys(FEEDS)) expect(Object.keys(DATASETS)).toContain(feed);
    for (const feed of Object.keys(FEEDS)) {
      const declaration = JSON.parse(readFileSync(join(out(), 'feeds', feed, 'feed.json'), 'utf8'));
      expect(declaration).toEqual(FEEDS[feed]);
    }
  });

  test.each([
    ['usage', 4 * 24],
    ['file_trailer', 4],
    ['rated', 3],
    // from the first of the month, when fees are posted, to three days after its end
    ['billed', 34],
  ])('%s: every slot that the declaration wants is filled', (feed, slots) => {
    const pattern = new RegExp(FEEDS[feed]?.slotPattern ?? '');
    const names = readdirSync(join(out(), 'feeds', feed)).filter((n) => pattern.test(n));
    expect(new Set(names.map((n) => Object.values(pattern.exec(n)?.groups ?? {}).join()))).toHaveProperty(
      'size',
      slots,
    );
  });

  test.each([
    'usage',
    'file_trailer',
    'subscription',
    'network_profile',
    'catalog',
    'tariff',
    'zone',
    'holiday',
  ] as const)('%s carries the canonical columns in order', (feed) => {
    const name = readdirSync(join(out(), 'feeds', feed)).find((n) => n.endsWith('.csv')) ?? '';
    const header =
      readFileSync(join(out(), 'feeds', feed, name), 'utf8')
        .split('\n')[0]
        ?.split(',') ?? [];
    const declared = DATASETS[feed].columns;
    expect(header).toEqual(declared.map((c) => c.name).filter((column) => header.includes(column)));
    expect(header).toEqual(expect.arrayContaining(declared.filter((c) => c.required).map((c) => c.name)));
  });

  test('the truth names no fault without money, and at least as many innocent events', () => {
    const faults = JSON.parse(readFileSync(join(out(), 'truth', 'faults.json'), 'utf8')) as FaultRecord[];
    const benign = JSON.parse(readFileSync(join(out(), 'truth', 'benign.json'), 'utf8')) as unknown[];
    expect(faults.length).toBeGreaterThan(0);
    expect(faults.every((f) => f.records > 0 && f.amount !== '0.000000')).toBe(true);
    expect(benign.length).toBeGreaterThanOrEqual(faults.length);
  });

  test('changes that caused a fault stand in the change log, among three times as many others', () => {
    const faults = JSON.parse(readFileSync(join(out(), 'truth', 'faults.json'), 'utf8')) as FaultRecord[];
    const log = readFileSync(join(out(), 'feeds/change_log/change_log.jsonl'), 'utf8').trimEnd().split('\n');
    const ids = log.map((line) => JSON.parse(line).change_id as string);
    const guilty = faults.flatMap((f) => (f.changeId ? [f.changeId] : []));
    expect(guilty.every((id) => ids.includes(id))).toBe(true);
    expect(ids.length - guilty.length).toBeGreaterThanOrEqual(3 * guilty.length);
    expect([...new Set(ids)]).toHaveLength(ids.length);
  });

  test('price lists say every price of the tariff feed', () => {
    const [, ...rows] = readFileSync(join(out(), 'feeds/tariff/tariff.csv'), 'utf8').trimEnd().split('\n');
    for (const row of rows) {
      const [tariff, version, from, , service, zone, band, increment, , price, , free] = row.split(',');
      const text = readFileSync(join(out(), `feeds/contract/PL-${tariff}.md`), 'utf8');
      const chapter = text.split('## Version ').find((c) => c.startsWith(`${version}\n`)) ?? '';
      const name = { voice: 'Calls', sms: 'Messages', data: 'Data' }[service ?? ''];
      const line =
        chapter.split('\n').find((l) => l.startsWith(`| ${name} | ${zone} | ${band} | ${increment} `)) ?? '';
      const said = line.split('|')[6]?.trim() ?? '';
      expect(chapter).toContain(`In force from ${from}`);
      expect([row, free === 'true' ? said : said.padEnd(8, '0')]).toEqual([
        row,
        free === 'true' ? 'free' : price,
      ]);
    }
  });
});

describe('begun, finished, foreign', () => {
  test('a finished sample is used again; progress is told', async () => {
    const told: SampleProgress[] = [];
    const out = join(home, 'again');
    const first = await generateSample({ ...SMALL, out, onProgress: (p) => told.push(p) });
    expect([first.reused, told.map((p) => p.phase)]).toEqual([
      false,
      ['plan', 'day', 'day', 'day', 'finish'],
    ]);
    expect((await generateSample({ ...SMALL, out })).reused).toBe(true);
    expect((await generateSample({ ...SMALL, seed: 9, out })).reused).toBe(false);
  });

  test.each<[string, (out: string) => void]>([
    ['killed while writing', (out) => mkdirSync(join(out, '.generating/feeds/usage'), { recursive: true })],
    [
      'killed before the manifest',
      (out) => {
        unlinkSync(join(out, 'manifest.json'));
        mkdirSync(join(out, '.generating'));
      },
    ],
    ['a file is missing', (out) => unlinkSync(join(out, 'feeds/tariff/tariff.csv'))],
    ['a file was cut', (out) => writeFileSync(join(out, 'feeds/tariff/tariff.csv'), 'tariff_id')],
  ])('%s: done again, with the same bytes', async (condition, harm) => {
    const out = join(home, condition.replaceAll(' ', '-'));
    if (condition === 'killed while writing') mkdirSync(out);
    else await generateSample({ ...SMALL, out });
    harm(out);
    const summary = await generateSample({ ...SMALL, out });
    expect(summary.reused).toBe(false);
    expect(existsSync(join(out, '.generating'))).toBe(false);
    expect(readManifest(out)?.files).toEqual(readManifest(join(home, 'a'))?.files);
  });

  test('a folder with other files is refused and left alone', async () => {
    const out = join(home, 'foreign');
    mkdirSync(join(out, 'feeds'), { recursive: true });
    writeFileSync(join(out, 'thesis.doc'), 'x');
    await expect(generateSample({ ...SMALL, out })).rejects.toMatchObject({ name: 'UsageError' });
    expect(readdirSync(out).sort()).toEqual(['feeds', 'thesis.doc']);
  });

  test.each([
    ['no subscribers', { subscribers: 49 }],
    ['half a day', { days: 0.5 }],
    ['more days than the calendar knows', { days: 305 }],
    ['a negative seed', { seed: -1 }],
  ])('%s is a usage error', async (_, wrong) => {
    const out = join(home, 'never');
    await expect(generateSample({ ...SMALL, ...wrong, out })).rejects.toMatchObject({ name: 'UsageError' });
    expect(existsSync(out)).toBe(false);
  });
});
