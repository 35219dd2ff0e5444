import { PLAUSIBLE_MONEY, PLAUSIBLE_QUANTITY, PLAUSIBLE_RECORDS, type Plausible } from './plausibility.ts';

/** Column types of the lake. `decimal` is DECIMAL(18,6); `timestamp` is UTC with milliseconds. */
export const COLUMN_TYPES = {
  string: 'VARCHAR',
  timestamp: 'TIMESTAMP_MS',
  date: 'DATE',
  decimal: 'DECIMAL(18,6)',
  integer: 'INTEGER',
  bigint: 'BIGINT',
  boolean: 'BOOLEAN',
} as const;
export type ColumnType = keyof typeof COLUMN_TYPES;

/** One column of a dataset. */
export interface Column {
  readonly name: string;
  readonly type: ColumnType;
  readonly required: boolean;
  /** What it means, with its unit. */
  readonly doc: string;
  /** A closed list of values, where there is one. */
  readonly values?: readonly string[];
  /** Smallest value accepted, for integers. */
  readonly min?: number;
  /** Limits beyond which a number is a defect of the record. */
  readonly plausible?: Plausible;
  /** True for text that people write, which may have line breaks and tabs. Any other text is one line. */
  readonly prose?: true;
}

/** A dataset of the lake: what feeds it, how it is partitioned, what its columns mean. */
export interface Dataset {
  readonly name: DatasetName;
  readonly doc: string;
  /** `event`: partitioned by day of `partitionColumn` and bucket of `bucketColumns`. `reference`: one snapshot a day, bucket 0. */
  readonly kind: 'event' | 'reference';
  /** The column whose UTC day is `dt`. */
  readonly partitionColumn?: string;
  /** The first of these that is not null is hashed into the bucket, so that both sides of a match meet in one bucket. */
  readonly bucketColumns?: readonly string[];
  readonly columns: readonly Column[];
}

export const DATASET_NAMES = [
  'usage',
  'rated',
  'billed',
  'subscription',
  'network_profile',
  'catalog',
  'tariff',
  'zone',
  'holiday',
  'contract',
  'change_log',
  'file_trailer',
] as const;
export type DatasetName = (typeof DATASET_NAMES)[number];

/** Services of the usage chain; `quantity` is seconds, messages or kilobytes. */
export const SERVICES = ['voice', 'sms', 'data'] as const;

/** Every row of every dataset also carries where it came from. */
export const LINEAGE_COLUMNS: readonly Column[] = [
  { name: 'file_id', type: 'string', required: true, doc: 'Name of the source file within its feed folder' },
  {
    name: 'byte_offset',
    type: 'bigint',
    required: true,
    doc: 'Offset of the record in the file in bytes; for Parquet the zero-based row number',
  },
  {
    name: 'row_hash',
    type: 'string',
    required: true,
    doc: 'First 32 hex digits of the SHA-256 of the record as it stood in the file',
  },
];

const string = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'string',
  required,
  doc,
});
const prose = (name: string, doc: string): Column => ({ ...string(name, doc), prose: true });
const timestamp = (name: string, doc: string, required = true): Column => ({
  name,
  type: 'timestamp',
  required,
  doc,
});
const date = (name: string, doc: string, required = true): Column => ({ name, type: 'date', required, doc });
const amount = (name: string, doc: string): Column => ({
  name,
  type: 'decimal',
  required: true,
  doc,
  plausible: PLAUSIBLE_MONEY,
});
const count = (name: string, doc: string, min = 0, required = true): Column => ({
  name,
  type: 'bigint',
  required,
  doc,
  min,
});
const plausibly = (plausible: Plausible, column: Column): Column => ({ ...column, plausible });
const flag = (name: string, doc: string): Column => ({ name, type: 'boolean', required: true, doc });
const oneOf = (name: string, values: readonly string[], doc: string, required = true): Column => ({
  name,
  type: 'string',
  required,
  doc,
  values,
});
const validity: readonly Column[] = [
  timestamp('valid_from', 'First instant of validity, UTC'),
  timestamp('valid_to', 'First instant after validity, UTC; empty while it is open', false),
];

export const DATASETS: Readonly<Record<DatasetName, Dataset>> = {
  usage: {
    name: 'usage',
    doc: 'Mediated usage: what the network did. One row per CDR; a long call or session is cut into partials that share a correlation id.',
    kind: 'event',
    partitionColumn: 'session_start',
    bucketColumns: ['correlation_id'],
    columns: [
      string('record_id', 'Unique id of the CDR within its source'),
      string(
        'correlation_id',
        'Call reference or charging id, shared by all partials and by the rated and billed items',
      ),
      count('partial_sequence', 'Number of the partial within the session, from 1', 1),
      flag('final_partial', 'True on the last partial (and on a CDR that is not cut)'),
      string('source', 'Network element that wrote the CDR'),
      oneOf('service', SERVICES, 'Service used'),
      string('a_number', 'Calling or using subscriber, international digits without +'),
      string('b_number', 'Called number, international digits without +; empty for data', false),
      string('imsi', 'IMSI of the subscriber', false),
      string('visited_plmn', 'PLMN (MCC+MNC) that served the event; empty at home', false),
      string('cell', 'Serving cell or trunk', false),
      timestamp('start_time', 'Start of this CDR, UTC'),
      timestamp(
        'session_start',
        'Start of the whole session, UTC; equals start_time where a session is not cut',
      ),
      plausibly(PLAUSIBLE_QUANTITY, count('quantity', 'Seconds (voice), messages (sms) or kilobytes (data)')),
    ],
  },
  rated: {
    name: 'rated',
    doc: 'Rated items: what the charging engine made of a session.',
    kind: 'event',
    partitionColumn: 'start_time',
    bucketColumns: ['correlation_id'],
    columns: [
      string('rated_id', 'Unique id of the rated item'),
      string('correlation_id', 'Session that was rated'),
      string('subscription_id', 'Subscription that was charged'),
      string('source', 'Charging engine'),
      oneOf('service', SERVICES, 'Service rated'),
      timestamp('start_time', 'Start of the session, UTC'),
      plausibly(PLAUSIBLE_QUANTITY, count('quantity', 'Quantity that was rated, in the unit of the service')),
      string('zone', 'Destination or roaming zone that the engine found'),
      string('offer_id', 'Offer that the engine applied'),
      string('tariff_id', 'Tariff that the engine applied'),
      {
        name: 'tariff_version',
        type: 'integer',
        required: true,
        doc: 'Version of the tariff applied',
        min: 0,
      },
      oneOf('rate_path', ['standard', 'default'], 'default: the engine found no rate and used its fallback'),
      amount('amount', 'Charge without tax'),
      string('currency', 'ISO 4217 code'),
    ],
  },
  billed: {
    name: 'billed',
    doc: 'Items posted to accounts: usage charges, recurring fees, adjustments.',
    kind: 'event',
    partitionColumn: 'event_time',
    bucketColumns: ['correlation_id', 'subscription_id'],
    columns: [
      string('bill_item_id', 'Unique id of the posting'),
      oneOf('charge_type', ['usage', 'recurring', 'adjustment'], 'What is charged'),
      string('correlation_id', 'Session charged; empty for recurring fees', false),
      string('subscription_id', 'Subscription charged'),
      string('account_id', 'Account charged'),
      oneOf('service', SERVICES, 'Service, for usage', false),
      timestamp(
        'event_time',
        'Start of the session, also for adjustments of one: those under another day, such as that of posting, do not count for the session. For recurring fees the first instant of the period. UTC',
      ),
      date('posting_date', 'Day on which the item was posted'),
      date('period_from', 'First day that a recurring fee covers', false),
      date('period_to', 'Last day that a recurring fee covers, inclusive', false),
      amount('amount', 'Amount without tax; negative is a credit'),
      string('currency', 'ISO 4217 code'),
      string('reference', 'For adjustments, the idempotency key of the order that caused it', false),
    ],
  },
  subscription: {
    name: 'subscription',
    doc: 'CRM: who has bought what. One row per subscription and offer validity.',
    kind: 'reference',
    columns: [
      string('subscription_id', 'Subscription'),
      string('account_id', 'Paying account'),
      string('msisdn', 'Number, international digits without +'),
      string('imsi', 'SIM'),
      string('offer_id', 'Offer in force'),
      string('segment', 'Customer segment, such as consumer or business'),
      oneOf('purpose', ['customer', 'test', 'internal'], 'Test and internal lines are free on purpose'),
      date('valid_from', 'First day'),
      date('valid_to', 'First day after the end; empty while it is open', false),
    ],
  },
  network_profile: {
    name: 'network_profile',
    doc: 'HLR/UDM: which lines the network serves.',
    kind: 'reference',
    columns: [
      string('imsi', 'SIM'),
      string('msisdn', 'Number, international digits without +'),
      oneOf('status', ['active', 'barred'], 'Barred lines cannot use the network'),
      date('active_from', 'First day served'),
      date('active_to', 'First day no longer served; empty while it is open', false),
    ],
  },
  catalog: {
    name: 'catalog',
    doc: 'Offers: name, recurring fee, tariff, validity.',
    kind: 'reference',
    columns: [
      string('offer_id', 'Offer'),
      prose('name', 'Name on the bill'),
      amount('monthly_fee', 'Recurring fee for a full calendar month, without tax'),
      string('currency', 'ISO 4217 code'),
      string('tariff_id', 'Tariff that prices its usage'),
      ...validity,
    ],
  },
  tariff: {
    name: 'tariff',
    doc: 'Price list, one row per tariff version, service, zone and time band. Rounding is part of the price.',
    kind: 'reference',
    columns: [
      string('tariff_id', 'Tariff'),
      {
        name: 'version',
        type: 'integer',
        required: true,
        doc: 'Version; one is in force at any instant',
        min: 1,
      },
      ...validity,
      oneOf('service', SERVICES, 'Service priced'),
      string('zone', 'Destination or roaming zone'),
      oneOf('time_band', ['any', 'peak', 'offpeak'], 'When the price applies'),
      count('increment', 'Rate increment in the unit of the service; usage is rounded up to it', 1),
      count('minimum', 'Smallest quantity charged, in the unit of the service'),
      amount('price_per_increment', 'Price of one increment, without tax'),
      amount('connect_fee', 'Charged once on a session with a quantity above zero'),
      flag('free', 'True where a price of zero is meant'),
      oneOf('rounding_method', ['half_up', 'up', 'down'], 'How the session charge is rounded'),
      {
        name: 'rounding_decimals',
        type: 'integer',
        required: true,
        doc: 'Decimals of the session charge',
        min: 0,
      },
      string('currency', 'ISO 4217 code'),
      string('time_zone', 'IANA zone in which peak hours are meant'),
      {
        name: 'peak_from_hour',
        type: 'integer',
        required: true,
        doc: 'First local hour of peak, on working days',
        min: 0,
      },
      { name: 'peak_to_hour', type: 'integer', required: true, doc: 'First local hour after peak', min: 0 },
      string('holiday_calendar', 'Calendar whose days are off-peak', false),
    ],
  },
  zone: {
    name: 'zone',
    doc: 'Numbering plan and roaming partners: which prefix or PLMN is in which zone, and when.',
    kind: 'reference',
    columns: [
      oneOf('kind', ['prefix', 'plmn'], 'Longest prefix of the called number, or the serving network'),
      string('code', 'Digits'),
      string('zone', 'Zone'),
      ...validity,
    ],
  },
  holiday: {
    name: 'holiday',
    doc: 'Public holidays, which count as off-peak.',
    kind: 'reference',
    columns: [
      string('calendar', 'Calendar'),
      date('holiday_date', 'Local day'),
      prose('name', 'Name of the holiday'),
    ],
  },
  contract: {
    name: 'contract',
    doc: 'Documents that say what was promised: price lists, offer terms, contracts.',
    kind: 'reference',
    columns: [
      string('contract_id', 'Document'),
      oneOf('kind', ['tariff', 'offer', 'contract'], 'What it is'),
      prose('title', 'Title'),
      string('subject', 'Tariff, offer or partner that it is about'),
      prose('body', 'Full text'),
      ...validity,
    ],
  },
  change_log: {
    name: 'change_log',
    doc: 'What was changed in networks and systems, by whom, and when.',
    kind: 'reference',
    columns: [
      string('change_id', 'Change'),
      timestamp('changed_at', 'When it took effect, UTC'),
      string('system', 'System that was changed'),
      string('actor', 'Who changed it'),
      string('kind', 'Kind of change, such as tariff-load, software-upgrade, routing'),
      string('target', 'What was changed: an offer, a tariff, a network element, a batch job'),
      prose('description', 'What was done, in words'),
    ],
  },
  file_trailer: {
    name: 'file_trailer',
    doc: 'What each usage file declared about itself: sequence number and records per service, as counted by the source.',
    kind: 'event',
    partitionColumn: 'period_start',
    bucketColumns: ['source'],
    columns: [
      string('source', 'Network element'),
      string('file_name', 'File that the trailer is about'),
      count('file_sequence', 'Sequence number of the file within its source'),
      oneOf('service', SERVICES, 'Service counted'),
      plausibly(PLAUSIBLE_RECORDS, count('declared_records', 'CDRs that the source says it wrote')),
      count('declared_quantity', 'Sum of their quantities'),
      timestamp('period_start', 'First instant that the file covers, UTC'),
      timestamp('period_end', 'First instant after it, UTC'),
      timestamp('arrived_at', 'When the file arrived at mediation, UTC'),
    ],
  },
};

/** True when the text names a dataset. */
export function isDatasetName(text: string): text is DatasetName {
  return (DATASET_NAMES as readonly string[]).includes(text);
}
