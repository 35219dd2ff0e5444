import { PlumblineError } from '#core/domain/errors.ts';
import { splitLine } from './csv.ts';

/** The six files of a tariff plan that price usage; others in the folder (accounts, actions) do not. */
export const CGRATES_FILES = [
  'Destinations.csv',
  'Timings.csv',
  'Rates.csv',
  'DestinationRates.csv',
  'RatingPlans.csv',
  'RatingProfiles.csv',
] as const;
export type CgratesFile = (typeof CGRATES_FILES)[number];

/** Text by file name; a file that is missing has no rows. */
export type CgratesFiles = Partial<Readonly<Record<CgratesFile, string>>>;

/** One record with where it stands. */
export interface CgratesRow {
  readonly fields: readonly string[];
  readonly where: string;
}

/** Records of one file without comments (`#`) and empty lines. */
export function rowsOf(files: CgratesFiles, file: CgratesFile): readonly CgratesRow[] {
  const lines = (files[file] ?? '').replace(/^\uFEFF/, '').split(/\r\n|\n|\r/);
  return lines.flatMap((line, i) =>
    line.trim() === '' || line.trimStart().startsWith('#')
      ? []
      : [{ fields: splitLine(line), where: `${file} line ${i + 1}` }],
  );
}

/** The field of a record, or what is given when it is absent. */
export function field(row: CgratesRow, index: number, fallback = ''): string {
  return row.fields[index] || fallback;
}

/** Runs a parser on a record; a RangeError becomes TariffInvalid with file and line. */
export function parsed<T>(row: CgratesRow, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new PlumblineError(
      'TariffInvalid',
      { what: error.message, where: row.where, next: 'correct the file and rate again' },
      { cause: error },
    );
  }
}
