import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { InvestigationScope } from '#core/agent-tool/scope.ts';
import type { DatasetName } from '#core/domain/datasets.ts';
import type { Json } from '#core/domain/hash.ts';
import { daysOf, parseDay, parsePeriod } from '#core/domain/period.ts';
import type { Finding } from '#core/domain/run.ts';
import { plainDecimal } from '#core/investigation/plain-decimal.ts';
import type { RunView, RunViews } from '#core/investigation/run-view.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import type { BillingLookupInput, BillingSubject } from './schema.ts';

const RECORD = new URL('./queries/record.sql', import.meta.url);
const USAGE = new URL('./queries/usage-items.sql', import.meta.url);
const RATED = new URL('./queries/rated-items.sql', import.meta.url);
const BILLED = new URL('./queries/billed-items.sql', import.meta.url);
const SUBSCRIPTION = new URL('./queries/subscription.sql', import.meta.url);
const TARIFF = new URL('./queries/tariff-rows.sql', import.meta.url);

/** What the tool needs. */
export interface BillingLookupPorts {
  readonly runViews: RunViews;
}

interface Target {
  readonly view: RunView;
  readonly finding: Finding;
  readonly record: WarehouseRow;
}

const SUBJECTS: Readonly<Record<BillingSubject, (target: Target) => Promise<ReplyContent>>> = {
  record: lookUpRecord,
  subscription: lookUpSubscription,
  'tariff-in-force': lookUpTariff,
};

/**
 * Looks up what stands behind one record of the scope's finding. Throws AgentToolError NOT_FOUND when the finding
 * has no such record, NOT_APPLICABLE when the record has no such side.
 */
export async function lookUpBilling(
  input: BillingLookupInput,
  scope: InvestigationScope,
  ports: BillingLookupPorts,
): Promise<ReplyContent> {
  const view = await ports.runViews.of(scope.runId);
  const finding = view.finding(scope.findingId);
  if (finding === undefined) throw new AgentToolError('NOT_FOUND', 'The run has no such finding.');
  const [record] = await view.query(RECORD, { finding: finding.findingId, key: input.key ?? null });
  if (record === undefined) {
    throw new AgentToolError('NOT_FOUND', 'The finding has no record with this key.');
  }
  const content = await SUBJECTS[input.subject]({ view, finding, record });
  return { tool: 'billing-lookup', subject: input.subject, key: String(record.key), ...content };
}

async function lookUpRecord({ view, record }: Target): Promise<ReplyContent> {
  if (record.grain !== 'record') {
    throw new AgentToolError('NOT_APPLICABLE', 'This finding is not about single sessions.');
  }
  const key = String(record.key);
  const day = String(record.dt);
  return {
    symptom: text(record.symptom),
    eventTime: text(record.event_time),
    expected: plainDecimal(record.expected),
    charged: plainDecimal(record.charged),
    impact: plainDecimal(record.impact),
    tariffVersionInForce: record.tariff_version ?? null,
    usage: await eventRows(view, 'usage', [day], USAGE, { key }),
    rated: await eventRows(view, 'rated', [day], RATED, { key }),
    billed: await eventRows(view, 'billed', [day], BILLED, { key, by: 'correlation_id' }),
  };
}

async function lookUpSubscription({ view, finding, record }: Target): Promise<ReplyContent> {
  const subscription = record.subscription_id;
  if (typeof subscription !== 'string') {
    throw new AgentToolError('NOT_APPLICABLE', 'This record belongs to no subscription.');
  }
  const rows = await view.query(SUBSCRIPTION, { subscription, day: String(record.dt) });
  const days = daysOf(parsePeriod(finding.period));
  const fees =
    record.grain === 'subscription'
      ? await eventRows(view, 'billed', days, BILLED, { key: subscription, by: 'subscription_id' })
      : [];
  return {
    subscriptionId: subscription,
    expected: plainDecimal(record.expected),
    charged: plainDecimal(record.charged),
    impact: plainDecimal(record.impact),
    validities: rows.map(camelRow),
    recurringAndAdjustments: fees,
  };
}

async function lookUpTariff({ view, record }: Target): Promise<ReplyContent> {
  const { tariff_id: tariff, service, zone } = record;
  if (typeof tariff !== 'string' || typeof service !== 'string' || typeof zone !== 'string') {
    throw new AgentToolError('NOT_APPLICABLE', 'This record carries no tariff, service and zone.');
  }
  const rows = await view.query(TARIFF, { tariff, service, zone });
  return {
    tariffId: tariff,
    service,
    zone,
    eventTime: text(record.event_time),
    versionInForce: record.tariff_version ?? null,
    versionCharged: record.charged_version ?? null,
    rows: rows.map(camelRow),
  };
}

/** Rows of an event dataset on some days, whatever bucket they are in. */
async function eventRows(
  view: RunView,
  dataset: DatasetName,
  days: readonly string[],
  sql: URL,
  parameters: Readonly<Record<string, string>>,
): Promise<Json[]> {
  const { lake } = view.ports;
  const buckets = await lake.buckets();
  const paths: string[] = [];
  for (const day of days) {
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const files = await lake.eventFiles(dataset, parseDay(day), bucket);
      for (const file of files) paths.push(await lake.localPath(file));
    }
  }
  if (paths.length === 0) return [];
  const rows = await view.query(sql, { ...parameters, paths: paths.join('\n') });
  return rows.map(camelRow);
}

const AMOUNTS = new Set(['amount', 'monthly_fee', 'price_per_increment', 'connect_fee']);

/** A row with names and amounts as replies have them. */
function camelRow(row: WarehouseRow): Json {
  return Object.fromEntries(
    Object.entries(row)
      .filter(([, value]) => value !== null)
      .map(([name, value]) => [
        name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        AMOUNTS.has(name) ? plainDecimal(value) : value,
      ]),
  );
}

const text = (value: unknown): string | null =>
  value === null || value === undefined ? null : String(value);
