import { PlumblineError } from '#core/domain/errors.ts';
import { PriceListBook } from './canonical.ts';
import { csvRecords } from './csv.ts';
import type { TariffBook } from './event.ts';
import type { PriceListRow } from './price-list.ts';

/**
 * Reads TMF620 (v4) ProductOffering and ProductOfferingPrice resources of JSON files, each an object or a list, with
 * `zone.csv` and `holiday.csv` beside them. Throws TariffInvalid for what cannot be read.
 */
export function readTmf620(files: ReadonlyMap<string, string>): TariffBook {
  const records = (name: string) => csvRecords(files.get(name) ?? '').map(({ record }) => record);
  return new PriceListBook({
    tariff: tmf620Rows(files),
    zone: records('zone.csv'),
    holiday: records('holiday.csv'),
  });
}

type Resource = Readonly<Record<string, unknown>>;

/**
 * Price list rows of TMF620 resources: one per usage price of each offering that refers to it; the offering is the
 * tariff. A price that no offering refers to is a tariff of its own. Prices of other types (recurring, one time) do
 * not price usage and are left out.
 */
export function tmf620Rows(files: ReadonlyMap<string, string>): readonly PriceListRow[] {
  const all = [...files]
    .filter(([name]) => name.endsWith('.json'))
    .flatMap(([name, text]) => resourcesOf(name, text));
  const prices = new Map(
    all.filter(({ resource }) => 'priceType' in resource).map((found) => [String(found.resource.id), found]),
  );
  const offerings = all.filter(({ resource }) => !('priceType' in resource));
  const referred = new Set<string>();
  const rows: PriceListRow[] = [];
  for (const { resource, where } of offerings) {
    for (const reference of listOf(resource.productOfferingPrice)) {
      const id = String(reference.id);
      referred.add(id);
      // A price may stand whole inside its offering.
      const price = 'priceType' in reference ? { resource: reference, where } : prices.get(id);
      if (!price) throw invalid(where, `Price ${id} of offering ${resource.id} is not in the files`);
      if (price.resource.priceType === 'usage') rows.push(rowOf(price.resource, price.where, resource));
    }
  }
  for (const [id, { resource, where }] of prices)
    if (!referred.has(id) && resource.priceType === 'usage') rows.push(rowOf(resource, where, null));
  return rows;
}

/** Units of measure by service, and how many of the service's units one is. */
const UNITS: Readonly<Record<string, readonly [service: string, units: bigint]>> = {
  s: ['voice', 1n],
  sec: ['voice', 1n],
  second: ['voice', 1n],
  seconds: ['voice', 1n],
  min: ['voice', 60n],
  minute: ['voice', 60n],
  minutes: ['voice', 60n],
  h: ['voice', 3_600n],
  hour: ['voice', 3_600n],
  sms: ['sms', 1n],
  message: ['sms', 1n],
  messages: ['sms', 1n],
  kb: ['data', 1n],
  kib: ['data', 1n],
  mb: ['data', 1_024n],
  mib: ['data', 1_024n],
  gb: ['data', 1_048_576n],
  gib: ['data', 1_048_576n],
};

/** Characteristics that are columns of the price list under their own name. */
const COLUMNS = [
  'zone',
  'increment',
  'minimum',
  'connect_fee',
  'rounding_method',
  'rounding_decimals',
  'time_zone',
  'holiday_calendar',
  'window_months',
  'window_month_days',
  'window_week_days',
  'window_days',
  'window_from',
  'window_to',
  'window_weight',
  'slot_from',
  'tier_mode',
  'rounding_point',
  'increment_rounding_decimals',
  'max_charge',
  'peak_from_hour',
  'peak_to_hour',
];

function rowOf(price: Resource, where: string, offering: Resource | null): PriceListRow {
  const measure = objectOf(price.unitOfMeasure);
  const amount = decimalOf(measure.amount ?? 1, where);
  const unit = UNITS[String(measure.units ?? '').toLowerCase()];
  if (!unit || !/^[1-9]\d*$/.test(amount))
    throw invalid(where, `Unit "${measure.amount} ${measure.units}" of price ${price.id} is not known`);
  const [service, units] = unit;
  const money = objectOf(price.price);
  const said = characteristicsOf(price);
  const validity = { ...objectOf(offering?.validFor), ...objectOf(price.validFor) };
  const row: Record<string, string> = {
    __where: where,
    tariff_id: String(offering?.id ?? price.id),
    version: '1',
    valid_from: String(validity.startDateTime ?? ''),
    valid_to: String(validity.endDateTime ?? ''),
    service,
    zone: service === 'data' ? 'home' : 'any',
    time_band: said.get('time_band') ?? said.get('timeBand') ?? 'any',
    price_per_increment: decimalOf(money.value, where),
    rate_unit: String(BigInt(amount) * units),
    increment: service === 'voice' ? '1' : String(units),
    currency: String(money.unit ?? ''),
  };
  for (const column of COLUMNS) {
    const value = said.get(column) ?? said.get(camelCase(column));
    if (value !== undefined) row[column] = value;
  }
  return row;
}

/** The first value of each characteristic of a price. */
function characteristicsOf(price: Resource): ReadonlyMap<string, string> {
  return new Map(
    listOf(price.prodSpecCharValueUse).map((use) => {
      const [first] = listOf(use.productSpecCharacteristicValue);
      return [String(use.name), String(first?.value ?? '')];
    }),
  );
}

function resourcesOf(name: string, text: string): { readonly resource: Resource; readonly where: string }[] {
  try {
    const value: unknown = JSON.parse(text);
    return (Array.isArray(value) ? value : [value]).map((item: unknown) => ({
      resource: objectOf(item),
      where: name,
    }));
  } catch (error) {
    if (error instanceof SyntaxError) throw invalid(name, 'The file is not JSON');
    throw error;
  }
}

/** A JSON number or text as a plain decimal; what a number loses beyond 15 digits was lost before. */
function decimalOf(value: unknown, where: string): string {
  const text = withoutExponent(String(value));
  if (!/^-?\d+(\.\d+)?$/.test(text)) throw invalid(where, `"${text}" is not a decimal`);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** `1.5e-7` as `0.00000015`; any other text as it is. */
function withoutExponent(text: string): string {
  const [, sign = '', whole = '', part = '', power = ''] =
    /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d{1,2})$/.exec(text) ?? [];
  if (power === '') return text;
  const point = whole.length + Number(power);
  const digits = `${'0'.repeat(Math.max(0, 1 - point))}${whole}${part}${'0'.repeat(Math.max(0, point - whole.length - part.length))}`;
  const at = Math.max(1, point);
  return `${sign}${digits.slice(0, at)}${digits.length > at ? `.${digits.slice(at)}` : ''}`;
}

function objectOf(value: unknown): Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Resource) : {};
}

function listOf(value: unknown): readonly Resource[] {
  return Array.isArray(value) ? value.map(objectOf) : [];
}

function camelCase(name: string): string {
  return name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function invalid(where: string, what: string): PlumblineError {
  return new PlumblineError('TariffInvalid', { what, where, next: 'correct the file and rate again' });
}
