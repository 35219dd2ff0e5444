import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DAY_MS, dayDigits, dayText, HOUR_MS, instantText } from './calendar.ts';
import { GATEWAYS, type Service, SOURCES } from './market.ts';
import { Random, seedWord } from './random.ts';
import { PARTIAL_MS, type Session } from './usage.ts';

const USAGE_HEADER =
  'record_id,correlation_id,partial_sequence,final_partial,source,service,a_number,b_number,imsi,visited_plmn,cell,start_time,session_start,quantity';
const TRAILER_HEADER =
  'source,file_name,file_sequence,service,declared_records,declared_quantity,period_start,period_end,arrived_at';

/** Share of CDRs that come twice in their file. */
const RETRANSMITTED = 0.0004;

interface HourFile {
  readonly text: FileText;
  /** Where the malformed line goes, counted in lines; -1 where there is none to write. */
  spoilAfter: number;
  /** Declared CDRs and quantity by `source service`. */
  readonly declared: Map<string, { records: number; quantity: number }>;
}

/**
 * Mediated usage: one CSV file an hour, and a trailer file a day in which each network element says how many CDRs it
 * wrote. A CDR stands in the file of the UTC hour in which it STARTS, so the partials of a long session are spread
 * over files, also of the next day. Held in memory until the day is complete.
 */
export class UsageFiles {
  rows = 0;
  private readonly usageDir: string;
  private readonly trailerDir: string;
  private readonly seed: number;
  private readonly firstHour: number;
  private readonly lateFiles: ReadonlyMap<string, number>;
  private readonly malformedHours: ReadonlySet<number>;
  private readonly hours = new Map<number, HourFile>();
  private readonly sequence = new Map<string, number>();
  private readonly clock = new Map<number, string>();
  private readonly retransmission: Random;

  constructor(options: {
    usageDir: string;
    trailerDir: string;
    seed: number;
    firstDay: number;
    lateFiles: ReadonlyMap<string, number>;
    malformedHours: ReadonlySet<number>;
  }) {
    this.usageDir = options.usageDir;
    this.trailerDir = options.trailerDir;
    this.seed = options.seed;
    this.firstHour = options.firstDay * 24;
    this.lateFiles = options.lateFiles;
    this.malformedHours = options.malformedHours;
    this.retransmission = new Random(seedWord(options.seed, 'retransmission'), 0, 0);
  }

  /** Adds the CDRs of a session. Where they are lost, the trailers still count them. Returns true when one came twice. */
  add(session: Session, correlationId: string, mediated: boolean): boolean {
    const { subscription: s, service, source, partials, start } = session;
    const who = `${source},${service},${s.msisdn},${session.bNumber},${s.imsi},${session.plmn},${session.cell},`;
    const sessionStart = this.instant(start);
    const step = PARTIAL_MS[service];
    let repeated = false;
    for (let i = 0; i < partials.length; i++) {
      const quantity = partials[i] ?? 0;
      const at = start + i * step;
      const hour = this.hour(Math.floor(at / HOUR_MS));
      const declared = declaredOf(hour, `${source} ${service}`);
      declared.records++;
      declared.quantity += quantity;
      const number = (this.sequence.get(source) ?? 0) + 1;
      this.sequence.set(source, number);
      if (!mediated) continue;
      const final = i === partials.length - 1;
      const startTime = i === 0 ? sessionStart : this.instant(at);
      const line = `${source}-${number},${correlationId},${i + 1},${final},${who}${startTime},${sessionStart},${quantity}`;
      hour.text.add(line);
      if (hour.text.lines === hour.spoilAfter) this.spoil(hour);
      this.rows++;
      if (this.retransmission.unit() < RETRANSMITTED) {
        hour.text.add(line);
        this.rows++;
        repeated = true;
      }
    }
    return repeated;
  }

  /** Writes the files of a day. */
  flush(day: number): void {
    const trailers: { arrived: number; line: string }[] = [];
    const digits = dayDigits(day);
    for (let h = 0; h < 24; h++) {
      const index = day * 24 + h;
      const hour = this.hour(index);
      const name = `usage_${digits}_${String(h).padStart(2, '0')}.csv`;
      if (hour.spoilAfter >= 0) this.spoil(hour);
      writeFileSync(join(this.usageDir, name), hour.text.bytes());
      for (const source of SOURCES) trailers.push(...this.trailersOf(index, name, source, hour));
      this.hours.delete(index);
    }
    trailers.sort((a, b) => a.arrived - b.arrived);
    const text = [TRAILER_HEADER, ...trailers.map((t) => t.line)].join('\n');
    writeFileSync(join(this.trailerDir, `trailer_${digits}.csv`), `${text}\n`);
    this.clock.clear();
  }

  private trailersOf(index: number, name: string, source: string, hour: HourFile) {
    const services: readonly Service[] = (GATEWAYS as readonly string[]).includes(source)
      ? ['data']
      : ['voice', 'sms'];
    const from = index * HOUR_MS;
    const jitter = new Random(seedWord(this.seed, source), index, 0).below(9 * 60_000);
    const arrived = from + HOUR_MS + 4 * 60_000 + jitter + (this.lateFiles.get(`${source} ${index}`) ?? 0);
    return services.map((service) => {
      const { records, quantity } = declaredOf(hour, `${source} ${service}`);
      const period = `${instantText(from)},${instantText(from + HOUR_MS)},${instantText(arrived)}`;
      const sequence = index - this.firstHour + 1;
      return { arrived, line: `${source},${name},${sequence},${service},${records},${quantity},${period}` };
    });
  }

  /** Puts a line into the file that stands for no CDR. */
  private spoil(hour: HourFile): void {
    hour.text.add(MALFORMED[hour.spoilAfter % MALFORMED.length] ?? '');
    hour.spoilAfter = -1;
  }

  private hour(index: number): HourFile {
    let hour = this.hours.get(index);
    if (!hour) {
      const random = new Random(seedWord(this.seed, 'malformed'), index, 0);
      const spoilAfter = this.malformedHours.has(index) ? 1 + random.below(20) : -1;
      hour = { text: new FileText(USAGE_HEADER), declared: new Map(), spoilAfter };
      this.hours.set(index, hour);
    }
    return hour;
  }

  private instant(ms: number): string {
    const day = Math.floor(ms / DAY_MS);
    let prefix = this.clock.get(day);
    if (!prefix) {
      prefix = `${dayText(day)}T`;
      this.clock.set(day, prefix);
    }
    const inDay = ms - day * DAY_MS;
    return `${prefix}${CLOCK[Math.floor(inDay / 1000)]}${MILLIS[inDay % 1000]}`;
  }
}

/** Lines that no network element wrote as a CDR. */
const MALFORMED = [
  '#### buffer flushed ####',
  'msc-east-0,,,',
  'pgw-west-0,keepalive,1,true,pgw-west,data,0,,,,,not-a-time,not-a-time,0',
  'msc-west-0,selftest,1,true,msc-west,voice,0,0,,,,2026-10-01T00:00:00.000Z,2026-10-01T00:00:00.000Z,-1',
] as const;

/** Text of a file in one growing buffer: lines do not stay on the heap. Latin letters and digits only. */
class FileText {
  lines = -1;
  private buffer = Buffer.allocUnsafe(16_384);
  private length = 0;

  constructor(header: string) {
    this.add(header);
  }

  add(line: string): void {
    if (this.length + line.length + 1 > this.buffer.length) {
      const next = Buffer.allocUnsafe(this.buffer.length * 2 + line.length);
      this.buffer.copy(next, 0, 0, this.length);
      this.buffer = next;
    }
    this.length += this.buffer.write(line, this.length, 'latin1');
    this.buffer[this.length++] = 10;
    this.lines++;
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }
}

function declaredOf(hour: HourFile, key: string): { records: number; quantity: number } {
  let entry = hour.declared.get(key);
  if (!entry) {
    entry = { records: 0, quantity: 0 };
    hour.declared.set(key, entry);
  }
  return entry;
}

const two = (n: number) => String(n).padStart(2, '0');
const CLOCK = Array.from(
  { length: 86_400 },
  (_, s) => `${two(Math.floor(s / 3600))}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}`,
);
const MILLIS = Array.from({ length: 1000 }, (_, ms) => `.${String(ms).padStart(3, '0')}Z`);
