import { MOVED_PREFIX, PREFIX_ZONES, ROAMING_PARTNERS } from './market.ts';

/** One row of the zone feed. */
export interface ZoneRow {
  readonly kind: 'prefix' | 'plmn';
  readonly code: string;
  readonly zone: string;
  readonly from: number;
  readonly to: number | null;
}

/** The numbering plan: `MOVED_PREFIX` is national until `movedAt` and on-net from then on. */
export class NumberingPlan {
  readonly rows: readonly ZoneRow[];
  readonly movedAt: number;
  private readonly prefixes = new Map<string, string>(PREFIX_ZONES);
  private readonly plmns = new Map(ROAMING_PARTNERS.map(([plmn, zone]) => [plmn, zone]));

  constructor(beginning: number, movedAt: number) {
    this.movedAt = movedAt;
    this.rows = [
      ...PREFIX_ZONES.map(
        ([code, zone]): ZoneRow => ({ kind: 'prefix', code, zone, from: beginning, to: null }),
      ),
      { kind: 'prefix', code: MOVED_PREFIX, zone: 'national', from: beginning, to: movedAt },
      { kind: 'prefix', code: MOVED_PREFIX, zone: 'on-net', from: movedAt, to: null },
      ...ROAMING_PARTNERS.map(
        ([code, zone]): ZoneRow => ({ kind: 'plmn', code, zone, from: beginning, to: null }),
      ),
    ];
  }

  /** Zone of a called number: that of its longest known prefix. Throws a RangeError when none is known. */
  zoneOfNumber(number: string, ms: number): string {
    for (let length = Math.min(number.length, 6); length > 0; length--) {
      const prefix = number.slice(0, length);
      if (prefix === MOVED_PREFIX) return ms < this.movedAt ? 'national' : 'on-net';
      const zone = this.prefixes.get(prefix);
      if (zone) return zone;
    }
    throw new RangeError(`No zone for ${number}`);
  }

  /** Zone of a serving network abroad. Throws a RangeError when there is no roaming agreement. */
  zoneOfNetwork(plmn: string): string {
    const zone = this.plmns.get(plmn);
    if (!zone) throw new RangeError(`No zone for PLMN ${plmn}`);
    return zone;
  }
}
