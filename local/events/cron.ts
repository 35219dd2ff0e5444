/** AWS cron expressions: `cron(minutes hours day-of-month month day-of-week year)`. */

export interface LocalTime {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
}

export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /** Whether a date is one of the expression's. */
  readonly onDate: (year: number, month: number, day: number) => boolean;
}

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const DAYS = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

/** First and last year AWS accepts. */
export const YEARS = { first: 1970, last: 2199 } as const;

/** Reads the six fields. Throws an Error that names the field that is wrong. */
export function parseCron(fields: string): Cron {
  const parts = fields.trim().split(/\s+/);
  if (parts.length !== 6) throw new Error(`a cron expression has 6 fields, this one has ${parts.length}`);
  const [minute = '', hour = '', date = '', month = '', weekday = '', year = ''] = parts;
  if ((date === '?') === (weekday === '?')) {
    throw new Error('exactly one of day-of-month and day-of-week must be ?');
  }
  const months = new Set(parseField('month', month, 1, 12, MONTHS));
  const years = new Set(parseField('year', year, YEARS.first, YEARS.last));
  const day = weekday === '?' ? parseDayOfMonth(date) : parseDayOfWeek(weekday);
  return {
    minutes: parseField('minutes', minute, 0, 59),
    hours: parseField('hours', hour, 0, 23),
    onDate: (y, m, d) => years.has(y) && months.has(m) && day(y, m, d),
  };
}

type DayTest = (year: number, month: number, day: number) => boolean;

/** Days of a month, 1 to 31. */
export const lastDayOf = (year: number, month: number): number =>
  new Date(Date.UTC(year, month, 0)).getUTCDate();

/** 0 is Sunday. */
const weekdayOf = (year: number, month: number, day: number): number =>
  new Date(Date.UTC(year, month - 1, day)).getUTCDay();

/** `*`, `n`, `a-b`, `a/n`, `a-b/n`, `*` with a step, and lists of these; names where the field has them. */
function parseField(
  name: string,
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
): number[] {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const [range = '', step] = item.split('/');
    const every = step === undefined ? 1 : readNumber(name, step, 1, max);
    const [from, to] = readRange(name, range, min, max, names, step !== undefined);
    for (let value = from; value <= to; value += every) values.add(value);
  }
  return [...values].sort((a, b) => a - b);
}

function readRange(
  name: string,
  range: string,
  min: number,
  max: number,
  names: readonly string[],
  stepped: boolean,
): [number, number] {
  if (range === '*') return [min, max];
  const [first = '', last] = range.split('-');
  const from = readNumber(name, first, min, max, names);
  if (last === undefined) return [from, stepped ? max : from];
  const to = readNumber(name, last, min, max, names);
  if (to < from) throw new Error(`${name}: the range ${range} runs backwards`);
  return [from, to];
}

function readNumber(
  name: string,
  text: string,
  min: number,
  max: number,
  names: readonly string[] = [],
): number {
  const named = names.indexOf(text.toUpperCase());
  const value = named >= 0 ? named + min : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) throw new Error(`${name}: ${text} is not in ${min}-${max}`);
  return value;
}

function parseDayOfMonth(text: string): DayTest {
  if (text === 'L') return (year, month, day) => day === lastDayOf(year, month);
  if (text === 'LW') return (year, month, day) => day === nearestWeekday(year, month, lastDayOf(year, month));
  const nearest = /^(\d{1,2})W$/.exec(text);
  if (nearest !== null) {
    const wanted = readNumber('day-of-month', nearest[1] ?? '', 1, 31);
    return (year, month, day) =>
      wanted <= lastDayOf(year, month) && day === nearestWeekday(year, month, wanted);
  }
  const days = new Set(parseField('day-of-month', text, 1, 31));
  return (_year, _month, day) => days.has(day);
}

/** The weekday nearest to a date, without leaving its month. */
function nearestWeekday(year: number, month: number, day: number): number {
  const weekday = weekdayOf(year, month, day);
  if (weekday === 6) return day === 1 ? 3 : day - 1;
  if (weekday === 0) return day === lastDayOf(year, month) ? day - 2 : day + 1;
  return day;
}

/** 1 is Sunday. `nL` is the last such day of the month, `n#k` the k-th. */
function parseDayOfWeek(text: string): DayTest {
  if (text === 'L') return (year, month, day) => weekdayOf(year, month, day) === 6;
  const last = /^(\w+)L$/.exec(text);
  if (last !== null) {
    const wanted = readNumber('day-of-week', last[1] ?? '', 1, 7, DAYS) - 1;
    return (year, month, day) => weekdayOf(year, month, day) === wanted && day + 7 > lastDayOf(year, month);
  }
  const nth = /^(\w+)#(\d)$/.exec(text);
  if (nth !== null) {
    const wanted = readNumber('day-of-week', nth[1] ?? '', 1, 7, DAYS) - 1;
    const count = readNumber('day-of-week', nth[2] ?? '', 1, 5);
    return (year, month, day) => weekdayOf(year, month, day) === wanted && Math.ceil(day / 7) === count;
  }
  const days = new Set(parseField('day-of-week', text, 1, 7, DAYS).map((day) => day - 1));
  return (year, month, day) => days.has(weekdayOf(year, month, day));
}
