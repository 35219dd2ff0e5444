import type { Control, RightSide } from '#core/controls/control.ts';
import { type Grain, VIOLATION_COLUMNS, type Violation } from '#core/domain/violation.ts';
import { literal } from './load.ts';

type Columns = Readonly<Record<keyof Violation, string>>;

/** DDL of the temporary table that collects violations. */
export const CREATE_VIOLATION = `CREATE OR REPLACE TEMP TABLE violation (${Object.entries(VIOLATION_COLUMNS)
  .map(([name, type]) => `${name} ${type}`)
  .join(', ')})`;

/** SQL that completes the rows of a control's match (`m`) from the table of its grain (`s`) and adds them. */
export function insertViolations(control: Control, match: string, period: string, currency: string): string {
  if (control.grain === 'check') throw new TypeError(`${control.id} is a check`);
  const columns = COMPLETIONS[control.grain](control, period, currency);
  const { table, key } = SOURCES[control.grain];
  return `INSERT INTO violation
    SELECT ${Object.keys(VIOLATION_COLUMNS)
      .map(
        (name) =>
          `CAST(${columns[name as keyof Violation]} AS ${VIOLATION_COLUMNS[name as keyof Violation]})`,
      )
      .join(', ')}
    FROM (${match}) m JOIN ${table} s ON s.${key} = m.key`;
}

/** SQL that completes the rows of a check (table `checked`), which has the columns `yielded`, and adds them. */
export function insertChecks(
  control: Control,
  yielded: readonly string[],
  period: string,
  currency: string,
): string {
  const unknown = yielded.filter((name) => !(name in VIOLATION_COLUMNS) || FROM_ENGINE.includes(name));
  if (unknown.length > 0)
    throw new Error(`match.sql of ${control.id} yields what no check may say: ${unknown.join(', ')}`);
  const defaults: Columns = {
    ...head(control, period, currency, literal(`\n${period}`)),
    dt: 's.first_day',
    event_time: 's.from_at',
    service: 'NULL',
    expected: 'm.impact',
    charged: '0',
  };
  const columns = Object.entries(VIOLATION_COLUMNS).map(([name, type]) => {
    const value = defaults[name as keyof Violation];
    const own = yielded.includes(name) ? `coalesce(m.${name}, ${value})` : value;
    return `CAST(${MAY_BE_NULL.includes(name) && yielded.includes(name) ? `m.${name}` : own} AS ${type})`;
  });
  return `INSERT INTO violation SELECT ${columns.join(', ')} FROM checked m CROSS JOIN scope s`;
}

/** What the engine alone says of a violation. */
const FROM_ENGINE = ['violation_id', 'control_id', 'rule_version', 'period', 'grain'];

/** Columns without a default of their own. */
const MAY_BE_NULL = Object.keys(VIOLATION_COLUMNS).filter(
  (name) =>
    !['dt', 'event_time', 'expected', 'charged', 'impact', 'currency', 'estimated', 'records'].includes(name),
);

type JoinedGrain = Exclude<Grain, 'check'>;

const SOURCES: Readonly<Record<JoinedGrain, { readonly table: string; readonly key: string }>> = {
  record: { table: 'candidate', key: 'correlation_id' },
  subscription: { table: 'open_subscription', key: 'subscription_id' },
  hop: { table: 'open_hop', key: 'key' },
};

/** A violation of a subscription is one of its month, so the month is part of its id. */
function idOf(control: Control, more: string): string {
  const prefix = literal(`${control.id}\n${control.ruleVersion}\n`);
  return `'v-' || substr(sha256(${prefix} || m.key || ${more}), 1, 24)`;
}

function head(control: Control, period: string, currency: string, more = "''"): Columns {
  const nothing = Object.fromEntries(Object.keys(VIOLATION_COLUMNS).map((name) => [name, 'NULL'])) as Columns;
  return {
    ...nothing,
    violation_id: idOf(control, more),
    control_id: literal(control.id),
    rule_version: literal(control.ruleVersion),
    period: literal(period),
    grain: literal(control.grain),
    key: 'm.key',
    symptom: 'm.symptom',
    dt: 's.dt',
    service: 's.service',
    impact: 'm.impact',
    currency: literal(currency),
    estimated: 'false',
    records: '1',
  };
}

const COMPLETIONS: Readonly<
  Record<JoinedGrain, (control: Control, period: string, currency: string) => Columns>
> = {
  record: (control, period, currency) => ({
    ...head(control, period, currency),
    event_time: 's.event_time',
    subscription_id: 's.subscription_id',
    account_id: 's.account_id',
    zone: 's.zone',
    offer_id: 's.offer_id',
    segment: 's.segment',
    source: 's.source',
    rating_source: 's.rating_source',
    tariff_id: 's.tariff_id',
    tariff_version: 's.tariff_version',
    charged_version: 's.charged_version',
    quantity: 's.quantity',
    charged_quantity: 's.charged_quantity',
    expected: 's.expected',
    charged: 's.charged',
    left_dataset: "CASE WHEN s.has_usage THEN 'usage' END",
    left_id: 's.usage_id',
    left_file: 's.usage_file',
    left_offset: 's.usage_offset',
    left_hash: 's.usage_hash',
    ...rightOf(control.right),
  }),
  subscription: (control, period, currency) => ({
    ...head(control, period, currency, "'\\n' || CAST(s.dt AS VARCHAR)"),
    event_time: 's.event_time',
    subscription_id: 's.subscription_id',
    account_id: 's.account_id',
    service: 'NULL',
    offer_id: 's.offer_id',
    segment: 's.segment',
    tariff_id: 's.tariff_id',
    quantity: 's.quantity',
    charged_quantity: 's.charged_quantity',
    expected: 's.expected',
    charged: 's.charged',
    right_dataset: "CASE WHEN s.bill_item_id IS NOT NULL THEN 'billed' END",
    right_id: 's.bill_item_id',
    right_file: 's.bill_file',
    right_offset: 's.bill_offset',
    right_hash: 's.bill_hash',
    left_dataset: "CASE WHEN s.network_id IS NOT NULL THEN 'network_profile' END",
    left_id: 's.network_id',
    left_file: 's.network_file',
    left_offset: 's.network_offset',
    left_hash: 's.network_hash',
  }),
  hop: (control, period, currency) => ({
    ...head(control, period, currency),
    event_time: 's.hour',
    source: "nullif(s.source, '')",
    quantity: 's.declared',
    charged_quantity: 's.received',
    expected: 'm.impact',
    charged: '0',
    estimated: 'm.estimated',
    records: 'm.records',
    left_dataset: "CASE WHEN s.file IS NOT NULL THEN 'file_trailer' END",
    left_id: 's.file',
  }),
};

/** The right side of a session: what the control names, and where that is not there, what was rated. */
function rightOf(right: RightSide): Partial<Columns> {
  const prefix = { rated: 'rated', billed: 'billed', 'extra-billed': 'extra', none: 'rated' }[right];
  const dataset = prefix === 'rated' ? 'rated' : 'billed';
  const pick = (own: string, other: string) =>
    `CASE WHEN s.${prefix}_id IS NOT NULL THEN s.${own} ELSE s.${other} END`;
  return {
    right_dataset: `CASE WHEN s.${prefix}_id IS NOT NULL THEN '${dataset}' WHEN s.rated_id IS NOT NULL THEN 'rated' END`,
    right_id: pick(`${prefix}_id`, 'rated_id'),
    right_file: pick(`${prefix}_file`, 'rated_file'),
    right_offset: pick(`${prefix}_offset`, 'rated_offset'),
    right_hash: pick(`${prefix}_hash`, 'rated_hash'),
  };
}
