import { PlumblineError } from '#core/domain/errors.ts';
import { csvRecords } from './csv.ts';
import { parseInstant, type RateEvent, type Resolution, type TariffBook } from './event.ts';
import type { Schedule } from './model.ts';
import { given, type PriceListRow, scheduleOfRows } from './price-list.ts';

/** Rows of the datasets that price usage, as text by column. */
export interface PriceList {
  readonly tariff: readonly PriceListRow[];
  readonly zone: readonly PriceListRow[];
  readonly holiday: readonly PriceListRow[];
}

/** Reads `tariff.csv`, `zone.csv` and `holiday.csv` of a folder, in the columns of the datasets of those names. */
export function readCanonicalTariff(files: ReadonlyMap<string, string>): TariffBook {
  const rows = (name: string) =>
    csvRecords(files.get(name) ?? '').map(({ line, record }) => ({
      ...record,
      __where: `${name} line ${line}`,
    }));
  return new PriceListBook({
    tariff: rows('tariff.csv'),
    zone: rows('zone.csv'),
    holiday: rows('holiday.csv'),
  });
}

const SERVICE_OF: Readonly<Record<string, string>> = { '*voice': 'voice', '*sms': 'sms', '*data': 'data' };

/** A price list with the lookups of rate.sql: version in force, zone by longest prefix, rows of service and zone. */
export class PriceListBook implements TariffBook {
  readonly warnings: readonly string[] = [];
  readonly #list: PriceList;
  readonly #holidays = new Map<string, Set<string>>();
  readonly #schedules = new Map<string, Schedule>();
  readonly #zones = new Map<string, PriceListRow[]>();

  constructor(list: PriceList) {
    this.#list = list;
    for (const row of list.holiday) {
      const calendar = given(row, 'calendar') ?? '';
      this.#holidays.set(
        calendar,
        (this.#holidays.get(calendar) ?? new Set()).add(given(row, 'holiday_date') ?? ''),
      );
    }
    for (const row of list.zone) {
      if ((given(row, 'kind') ?? 'prefix') !== 'prefix') continue;
      const code = given(row, 'code') ?? '';
      this.#zones.set(code, [...(this.#zones.get(code) ?? []), row]);
    }
  }

  resolve(event: RateEvent): Resolution {
    const service = SERVICE_OF[event.tor] ?? event.tor.replace('*', '');
    const tariffs = [...new Set(this.#list.tariff.map((row) => row.tariff_id))];
    const tariffId = event.plan ?? (tariffs.length === 1 ? tariffs[0] : event.subject);
    const inForce = this.#list.tariff.filter(
      (row) => row.tariff_id === tariffId && isValid(row, event.start),
    );
    const versions = new Set(inForce.map((row) => given(row, 'version') ?? '1'));
    if (versions.size !== 1) {
      const text = versions.size === 0 ? 'No version' : `Versions ${[...versions].join(', ')}`;
      return {
        error: 'RATING_PLAN_NOT_FOUND',
        steps: [`${text} of tariff ${tariffId} in force at the start`],
      };
    }
    const zones = this.#zonesOf(event, service);
    const rows = inForce.filter((row) => row.service === service && zones.includes(row.zone ?? ''));
    const zone = rows[0]?.zone;
    const matched = rows.filter((row) => row.zone === zone);
    if (matched.length === 0)
      return {
        error: 'UNAUTHORIZED_DESTINATION',
        steps: [`Tariff ${tariffId} has no ${service} to ${event.destination}`],
      };
    const key = matched.map((row) => this.#list.tariff.indexOf(row)).join(',');
    const schedule = this.#schedules.get(key) ?? this.#scheduleOf(matched);
    this.#schedules.set(key, schedule);
    const steps = [
      `Version ${[...versions][0]} of tariff ${tariffId}`,
      `Zone ${zone} of ${event.destination}`,
    ];
    const nanos = service === 'voice' ? 1_000_000_000n : 1n;
    return { key, schedule, quantity: (event.usage + nanos - 1n) / nanos, steps };
  }

  #scheduleOf(rows: readonly PriceListRow[]): Schedule {
    try {
      return scheduleOfRows(rows, (calendar) => this.#holidays.get(calendar) ?? new Set());
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new PlumblineError(
        'TariffInvalid',
        {
          what: error.message,
          where: rows[0]?.__where ?? `tariff ${rows[0]?.tariff_id}`,
          next: 'correct the tariff and rate again',
        },
        { cause: error },
      );
    }
  }

  /** The zone of the longest valid prefix; `home` for data; `any` where the list has no zones at all. */
  #zonesOf(event: RateEvent, service: string): readonly string[] {
    if (service === 'data') return ['home', 'any'];
    const called = event.destination.replace(/^\+/, '');
    for (let length = called.length; length > 0; length -= 1) {
      const found = (this.#zones.get(called.slice(0, length)) ?? []).filter((row) =>
        isValid(row, event.start),
      );
      const zones = [...new Set(found.map((row) => row.zone ?? ''))];
      // Two zones for one prefix are ambiguous: none is chosen.
      if (zones.length > 0) return zones.length === 1 ? [...zones, 'any'] : [];
    }
    return this.#zones.size === 0 ? ['any'] : [];
  }
}

function isValid(row: PriceListRow, at: number): boolean {
  const from = given(row, 'valid_from');
  const to = given(row, 'valid_to');
  return (
    (from === undefined || parseInstant(from).at <= at) && (to === undefined || at < parseInstant(to).at)
  );
}
