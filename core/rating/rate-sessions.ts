import type { ReadSql } from '#core/ports/read-sql.ts';
import type { WarehouseSession } from '#core/ports/warehouse.ts';
import { ratePlanned } from './plan/rate-planned.ts';
import { peakSlots, SLOT_MS, SLOTS_PER_DAY } from './time-band.ts';

const MACROS_SQL = new URL('./macros.sql', import.meta.url);
const RATE_SQL = new URL('./rate.sql', import.meta.url);

/** Defines the arithmetic macros of this folder in the session. */
export async function defineMoneyMacros(session: WarehouseSession, readSql: ReadSql): Promise<void> {
  await session.run(await readSql(MACROS_SQL));
}

/**
 * Re-rates every row of the session's table `rate_input` into the table `rating`, from the tables `subscription`,
 * `catalog`, `tariff`, `zone` and `holiday`. The vectorised form of rateEvent; sessions whose price list rows need a
 * charge plan are priced by chargeSessions.
 */
export async function rateSessions(session: WarehouseSession, readSql: ReadSql): Promise<void> {
  await loadTimeBands(session, 'SELECT session_start FROM rate_input');
  await session.run(await readSql(RATE_SQL));
  await ratePlanned(session, readSql);
}

/**
 * Fills `band_profile` and `band_slot` from `tariff` and `holiday`: peak or not, for each quarter of an hour of the UTC
 * days of these instants, a SELECT of one column.
 */
export async function loadTimeBands(session: WarehouseSession, instants: string): Promise<void> {
  const profiles = await session.query(
    `SELECT DISTINCT time_zone, peak_from_hour, peak_to_hour, coalesce(holiday_calendar, '') AS calendar
     FROM tariff ORDER BY ALL`,
  );
  const days = await session.query(
    `SELECT DISTINCT epoch_ms(CAST(CAST(instant AS DATE) AS TIMESTAMP_MS)) AS start FROM (${instants}) i(instant) ORDER BY ALL`,
  );
  const holidays = await session.query('SELECT calendar, holiday_date FROM holiday');
  const profileRows: string[] = [];
  const slotRows: string[] = [];
  profiles.forEach((row, profileId) => {
    const profile = {
      timeZone: String(row.time_zone),
      peakFromHour: Number(row.peak_from_hour),
      peakToHour: Number(row.peak_to_hour),
      holidays: new Set(
        holidays.filter((h) => h.calendar === row.calendar).map((h) => String(h.holiday_date)),
      ),
    };
    const { timeZone, peakFromHour, peakToHour } = profile;
    profileRows.push(
      `(${profileId}, ${quoted(timeZone)}, ${peakFromHour}, ${peakToHour}, ${quoted(String(row.calendar))})`,
    );
    for (const day of days) {
      const start = Number(day.start);
      slotRows.push(`(${profileId}, ${start / SLOT_MS}, '${peakSlots(start, profile)}')`);
    }
  });
  await session.run(`
    CREATE OR REPLACE TEMP TABLE band_profile(
      profile_id INTEGER, time_zone VARCHAR, peak_from_hour INTEGER, peak_to_hour INTEGER, holiday_calendar VARCHAR);
    CREATE OR REPLACE TEMP TABLE band_day(profile_id INTEGER, first_slot BIGINT, peaks VARCHAR);
    ${insert('band_profile', profileRows)}
    ${insert('band_day', slotRows)}
    CREATE OR REPLACE TEMP TABLE band_slot AS
    SELECT d.profile_id, d.first_slot + s.n AS slot, substr(d.peaks, CAST(s.n AS INTEGER) + 1, 1) = '1' AS peak
    FROM band_day d CROSS JOIN range(${SLOTS_PER_DAY}) s(n);`);
}

function insert(table: string, rows: readonly string[]): string {
  return rows.length === 0 ? '' : `INSERT INTO ${table} VALUES ${rows.join(', ')};`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
