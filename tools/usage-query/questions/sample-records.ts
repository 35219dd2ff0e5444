import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { Json } from '#core/domain/hash.ts';
import { plainDecimal } from '#core/investigation/plain-decimal.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import { type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/sample-records.sql', import.meta.url);

/** Single records, largest amount first, each with the place of its source in the feed. */
export async function sampleRecords(selection: Selection): Promise<ReplyContent> {
  const limit = selection.limit ?? 3;
  const rows = await selection.view.query(SQL, { ...violationParameters(selection), limit: limit + 1 });
  return {
    records: rows.slice(0, limit).map(recordOf),
    more: rows.length > limit,
  };
}

function recordOf(row: WarehouseRow): Json {
  return {
    violationId: row.violation_id ?? null,
    key: row.key ?? null,
    symptom: row.symptom ?? null,
    eventTime: row.event_time ?? null,
    subscriptionId: row.subscription_id ?? null,
    service: row.service ?? null,
    zone: row.zone ?? null,
    offerId: row.offer_id ?? null,
    segment: row.segment ?? null,
    source: row.source ?? null,
    ratingSource: row.rating_source ?? null,
    tariffId: row.tariff_id ?? null,
    tariffVersion: row.tariff_version ?? null,
    chargedVersion: row.charged_version ?? null,
    quantity: row.quantity ?? null,
    chargedQuantity: row.charged_quantity ?? null,
    expected: plainDecimal(row.expected),
    charged: plainDecimal(row.charged),
    impact: plainDecimal(row.impact),
    estimated: row.estimated ?? false,
    left: sourceOf(row, 'left'),
    right: sourceOf(row, 'right'),
  };
}

function sourceOf(row: WarehouseRow, side: 'left' | 'right'): Json {
  const dataset = row[`${side}_dataset`] ?? null;
  if (dataset === null) return null;
  return {
    dataset,
    recordId: row[`${side}_id`] ?? null,
    file: row[`${side}_file`] ?? null,
    offset: row[`${side}_offset`] ?? null,
  };
}
