import { HOUR_MS, instantText } from './calendar.ts';
import type { FaultState } from './effects.ts';
import type { Family, Segment } from './fault.ts';
import type { World } from './lookalikes.ts';
import { ENGINES, OFFERS, SERVICE_LIST, SOURCES } from './market.ts';
import { type Random, stream } from './random.ts';
import type { TariffBook } from './tariff-book.ts';

/** One row of the change log feed. */
export interface ChangeEntry {
  change_id: string;
  readonly changed_at: string;
  readonly system: string;
  readonly actor: string;
  readonly kind: string;
  readonly target: string;
  readonly description: string;
}

type Entry = Omit<ChangeEntry, 'change_id' | 'changed_at' | 'actor'>;
/** An entry before it has an id and an actor. */
export interface Draft extends Entry {
  readonly at: number;
  readonly faultId: string | null;
}

const ACTORS = [
  'k.gruber',
  'm.huber',
  's.wagner',
  'l.steiner',
  'a.moser',
  'release-bot',
  'vendor-ops',
] as const;

/** About three innocent entries stand beside each guilty one. */
const INNOCENT_PER_GUILTY = 3;

/** The change log, in order of time, and which entry is behind which fault. */
export function changeLogOf(
  seed: number,
  world: World,
  book: TariffBook,
  faults: readonly FaultState[],
  more: readonly Draft[] = [],
): { entries: ChangeEntry[]; causes: ReadonlyMap<string, string> } {
  const random = stream(seed, 'change log');
  const drafts: Draft[] = [];
  for (const { plan } of faults) {
    if (!plan.logged) continue;
    const at = plan.onset - random.below(20 * 60_000);
    drafts.push({ at, faultId: plan.id, ...CAUSES[plan.family](nounsOf(plan.segment), plan.segment) });
  }
  const guilty = drafts.length;
  drafts.push(...plannedChanges(world, book));
  const from = world.firstDay * 24 * HOUR_MS - 5 * 24 * HOUR_MS;
  const to = (world.lastDay + 1) * 24 * HOUR_MS;
  while (drafts.length < guilty + Math.max(6, guilty * INNOCENT_PER_GUILTY)) {
    drafts.push({ at: Math.floor(random.between(from, to)), faultId: null, ...innocent(random) });
  }
  drafts.push(...more);
  drafts.sort((a, b) => a.at - b.at);
  const causes = new Map<string, string>();
  let number = 4200 + random.below(4000);
  const entries = drafts.map(({ at, faultId, ...entry }): ChangeEntry => {
    number += 1 + random.below(4);
    const change_id = `CHG-${number}`;
    if (faultId) causes.set(faultId, change_id);
    return { change_id, changed_at: instantText(at), actor: random.pick(ACTORS), ...entry };
  });
  return { entries, causes };
}

interface Nouns {
  readonly what: string;
  readonly element: string;
  readonly engine: string;
  readonly product: string;
}

function nounsOf(segment: Segment): Nouns {
  const service = segment.service ?? 'all services';
  const zone = segment.zone ? ` to zone ${segment.zone}` : '';
  const product = segment.offer_id ?? segment.tariff_id ?? segment.segment ?? 'all offers';
  return {
    what: `${service}${zone}`,
    element: segment.source ?? 'all network elements',
    engine: segment.rating_source ?? 'both charging engines',
    product,
  };
}

const CAUSES: Readonly<Record<Family, (nouns: Nouns, segment: Segment) => Entry>> = {
  'mediation-drop': ({ what, element }) => ({
    system: 'mediation',
    kind: 'filter-rule',
    target: element,
    description: `Plausibility filter for ${what} records of ${element} replaced by a stricter one.`,
  }),
  'rating-drop': ({ what, element, engine, product }, s) => ({
    system: 'mediation',
    kind: 'routing',
    target: s.rating_source ?? s.source ?? product,
    description: `Distribution of ${what} (${element}, ${product}) from mediation to ${engine} reconfigured.`,
  }),
  'billing-drop': ({ what, engine, product }, s) => ({
    system: 'billing',
    kind: 'batch-job',
    target: s.rating_source ?? s.offer_id ?? product,
    description: `Nightly collection of rated ${what} from ${engine} (${product}) split into two runs.`,
  }),
  'ghost-billing': ({ what, engine, product }, s) => ({
    system: 'rating',
    kind: 'replay',
    target: s.rating_source ?? s.offer_id ?? product,
    description: `Archive of ${what} replayed on ${engine} for ${product} after a storage check.`,
  }),
  'duplicate-billing': ({ what, engine, product }, s) => ({
    system: 'billing',
    kind: 'batch-job',
    target: s.rating_source ?? s.offer_id ?? product,
    description: `Retry added to the posting of ${what} from ${engine} (${product}).`,
  }),
  'wrong-rate': ({ what, engine }, s) => ({
    system: s.rating_source ?? 'rating',
    kind: 'tariff-load',
    target: s.tariff_id ?? 'price table',
    description: `Price table row for ${what} of ${s.tariff_id ?? 'a tariff'} corrected by hand on ${engine}.`,
  }),
  'wrong-tariff-version': ({ engine, product }, s) => ({
    system: s.rating_source ?? 'rating',
    kind: 'tariff-load',
    target: s.tariff_id ?? product,
    description: `Load of the new version of ${product} on ${engine} moved to a later maintenance window.`,
  }),
  'quantity-truncation': ({ what, engine, element, product }, s) => ({
    system: 'mediation',
    kind: 'software-upgrade',
    target: s.source ?? s.rating_source ?? product,
    description: `Assembly of partial records of ${what} (${element}, ${engine}, ${product}) upgraded.`,
  }),
  'default-rate': ({ what, engine, product }, s) => ({
    system: s.rating_source ?? 'rating',
    kind: 'zone-load',
    target: s.zone ?? product,
    description: `Zone table for ${what} (${product}) reloaded on ${engine}.`,
  }),
  'zero-rate': ({ what, engine, product }, s) => ({
    system: s.rating_source ?? 'rating',
    kind: 'promotion-flag',
    target: s.offer_id ?? s.tariff_id ?? product,
    description: `Promotion flag for ${what} of ${product} tested on ${engine}.`,
  }),
  'wrong-time-band': ({ engine }, s) => ({
    system: s.rating_source ?? 'rating',
    kind: 'operating-system-patch',
    target: s.rating_source ?? s.tariff_id ?? 'rating',
    description: `Operating system of ${engine} patched; time zone data frozen at the version before.`,
  }),
  'active-not-billed': (_, s) => ({
    system: 'billing',
    kind: 'migration',
    target: s.offer_id ?? 'accounts',
    description: `Recurring charges of ${s.offer_id ?? 'several offers'} moved to the new billing instance.`,
  }),
  'billed-not-active': () => ({
    system: 'billing',
    kind: 'interface-change',
    target: 'termination-interface',
    description: 'Interface by which the CRM reports terminations to billing changed to version 3.',
  }),
};

function plannedChanges(world: World, book: TariffBook): Draft[] {
  const tariffs = book.versions
    .filter((v) => v.version > 1)
    .map(
      (v): Draft => ({
        at: v.from,
        faultId: null,
        system: 'rating',
        kind: 'tariff-load',
        target: v.tariffId,
        description: `Version ${v.version} of ${v.tariffId} in force as decided by product management. ${v.note}`,
      }),
    );
  const number: Draft = {
    at: world.movedAt,
    faultId: null,
    system: 'rating',
    kind: 'zone-load',
    target: '43677',
    description: 'Number range 43677 taken over from another operator: on-net from now on.',
  };
  const outages = world.traffic.outages.map(
    (o): Draft => ({
      at: o.from,
      faultId: null,
      system: o.source,
      kind: 'incident',
      target: o.source,
      description: `Power failure at ${o.source}; service restored at ${instantText(o.to)}.`,
    }),
  );
  return [...tariffs, number, ...outages];
}

function innocent(random: Random): Entry {
  const element = random.pick(SOURCES);
  const engine = random.pick(ENGINES);
  const offer = random.pick(OFFERS);
  const service = random.pick(SERVICE_LIST);
  const entry = (system: string, kind: string, target: string, description: string): Entry => ({
    system,
    kind,
    target,
    description,
  });
  return random.pick([
    entry(element, 'capacity', element, `Two more interface cards taken into service at ${element}.`),
    entry(element, 'software-upgrade', element, `Security patch on ${element}, no change of function.`),
    entry('mediation', 'capacity', 'mediation', `Disk of the ${service} collector enlarged.`),
    entry('mediation', 'certificate', element, `Certificate of the file transfer with ${element} renewed.`),
    entry(engine, 'restart', engine, `Planned restart of one node of ${engine}; the others took over.`),
    entry(engine, 'monitoring', engine, `Dashboard for ${service} on ${engine} extended.`),
    entry(
      'rating',
      'tariff-load',
      offer.tariffId,
      `Description texts of ${offer.tariffId} translated; prices unchanged.`,
    ),
    entry('billing', 'batch-job', offer.id, `Start of the ${offer.id} statement print moved by one hour.`),
    entry('billing', 'report', 'billing', `New report of ${service} revenue for finance.`),
    entry('crm', 'form', offer.id, `Order form of ${offer.name} asks for a second contact.`),
    entry('crm', 'user', 'crm', 'Access rights of the shop staff reviewed.'),
    entry(element, 'routing', element, `Alternative path between ${element} and the core tested at night.`),
  ]);
}
