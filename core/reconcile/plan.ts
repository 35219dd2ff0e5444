import { type Control, readBy } from '#core/controls/control.ts';
import { allControls, controlsOf, referenceOf } from '#core/controls/registry.ts';
import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { hashOf } from '#core/domain/hash.ts';
import { addDays, type Day, daysOf, type Period, parsePeriod } from '#core/domain/period.ts';
import { type LakeFile, type PartitionPlan, runKey } from '#core/domain/run.ts';
import type { Lake } from '#core/ports/lake.ts';
import { ENGINE_VERSION, type EnginePorts } from './engine-ports.ts';
import { loadStoredControls, writeRunControls } from './workspace-controls.ts';

/** A plan as it was written. */
export interface RunPlan {
  readonly runId: string;
  readonly planKey: string;
  readonly partitions: readonly PartitionPlan[];
}

/** A partition before the run has an id. */
export type Unidentified = Omit<PartitionPlan, 'runId'>;

const USAGE_REFERENCES = ['subscription', 'catalog', 'tariff', 'zone', 'holiday', 'allowance'] as const;
const SUBSCRIPTION_REFERENCES = ['subscription', 'network_profile', 'catalog'] as const;

/**
 * Writes the plan of a run: one partition per day and bucket, and one per month for subscriptions. The run id is a
 * hash of state machine, period, input files, rule versions, missing slots and engine version: the same input gives
 * the same run.
 */
export async function planRun(
  request: { readonly stateMachine: string; readonly period: string; readonly controls?: readonly string[] },
  ports: Pick<EnginePorts, 'lake' | 'runs'>,
): Promise<RunPlan> {
  await loadStoredControls(ports.runs);
  const period = parsePeriod(request.period);
  const controls = await controlsFor(request.controls, period, ports.lake);
  const unidentified = await planPartitions(ports.lake, period, controls);
  const ruleVersions = allControls().map((control) => [control.id, control.ruleVersion]);
  const { stateMachine } = request;
  const identity = { stateMachine, period: period.label, ruleVersions, engine: ENGINE_VERSION, unidentified };
  const runId = `${stateMachine}-${period.label}-${hashOf(identity).slice(0, 12)}`;
  const partitions = unidentified.map((partition) => ({ runId, ...partition }));
  await writeRunControls(runId, controls, ports.runs);
  const planKey = runKey(runId, 'plan');
  await ports.runs.write(
    planKey,
    `[\n${partitions.map((partition) => JSON.stringify(partition)).join(',\n')}\n]\n`,
  );
  return { runId, planKey, partitions };
}

/**
 * The controls of a run. Those asked for are taken as they are; else all, without the checks of feeds that the operator
 * does not have: a feed that was never declared and never came is not an incomplete one.
 */
async function controlsFor(
  asked: readonly string[] | undefined,
  period: Period,
  lake: Lake,
): Promise<string[]> {
  if (asked !== undefined) return controlsOf(asked).map(referenceOf);
  const had = new Map<DatasetName, boolean>();
  const has = async (dataset: DatasetName): Promise<boolean> => {
    const { declared, files } = await lake.coverage(dataset, period.from, period.to);
    return declared || files > 0 || (await lake.referenceFiles(dataset)).length > 0;
  };
  const found: string[] = [];
  for (const control of allControls()) {
    const needs = control.grain === 'check' ? control.needs : [];
    for (const dataset of needs) if (!had.has(dataset)) had.set(dataset, await has(dataset));
    if (needs.every((dataset) => had.get(dataset) === true)) found.push(referenceOf(control));
  }
  return found;
}

/** The partitions of a period: one per day and bucket, and for a whole month one for its subscriptions. */
export async function planPartitions(
  lake: Lake,
  period: Period,
  controls: readonly string[],
): Promise<Unidentified[]> {
  const grains = new Set(controlsOf(controls).map((control) => control.grain));
  const partitions = [
    ...(grains.has('record') || grains.has('hop') ? await usageDays(lake, period, controls) : []),
    ...(grains.has('subscription') && period.kind === 'month'
      ? await subscriptionMonth(lake, period, controls)
      : []),
    ...(grains.has('check') ? await checks(lake, period, controls) : []),
  ];
  if (partitions.length > 0) return partitions;
  throw new PlumblineError('UsageError', {
    what: `Nothing of ${period.label} can be looked at by ${controls.join(', ')}`,
    why: 'these controls look at whole months',
    next: 'give a month, YYYY-MM',
  });
}

/** The day of an event file of the lake, from its path `<dataset>/dt=YYYY-MM-DD/bucket=NN/…`. */
export function dayOfFile(file: LakeFile): string {
  return /(?:^|\/)dt=(\d{4}-\d{2}-\d{2})(?:\/|$)/.exec(file.path)?.[1] ?? '';
}

async function usageDays(lake: Lake, period: Period, controls: readonly string[]): Promise<Unidentified[]> {
  const buckets = await lake.buckets();
  const references = await filesOf(lake, USAGE_REFERENCES);
  const missing = await missingByDay(lake, period, ['usage', 'rated', 'billed', 'file_trailer']);
  const lost = absent(references, USAGE_REFERENCES.slice(0, 4));
  const plans: Unidentified[] = [];
  for (const day of daysOf(period)) {
    for (let bucket = 0; bucket < buckets; bucket += 1) {
      const events = await Promise.all([
        // Files of this day may hold partials of sessions that began the day before.
        lake.eventFiles('usage', addDays(day, -1), bucket),
        ...(['usage', 'rated', 'billed', 'file_trailer'] as const).map((name) =>
          lake.eventFiles(name, day, bucket),
        ),
      ]);
      plans.push({
        partitionId: `${day}.b${String(bucket).padStart(2, '0')}`,
        kind: 'usage-day',
        period: period.label,
        dt: day,
        bucket,
        controls,
        files: [...events.flat(), ...references],
        missing: [...(missing.get(day) ?? []), ...lost],
      });
    }
  }
  return plans;
}

/** One partition for all buckets: fees are few, and the two sides are snapshots that have no buckets. */
async function subscriptionMonth(
  lake: Lake,
  period: Period,
  controls: readonly string[],
): Promise<Unidentified[]> {
  const references = await filesOf(lake, [...SUBSCRIPTION_REFERENCES, 'tariff']);
  const billed: LakeFile[] = [];
  // A fee of the month may begin at local midnight, which is the day before in UTC.
  for (let day = addDays(period.from, -1); day <= period.to; day = addDays(day, 1)) {
    for (let bucket = 0; bucket < (await lake.buckets()); bucket += 1) {
      billed.push(...(await lake.eventFiles('billed', day, bucket)));
    }
  }
  const first = await missingByDay(lake, { ...period, to: period.from }, ['billed']);
  return [
    {
      partitionId: `${period.label}.b00`,
      kind: 'subscription-month',
      period: period.label,
      dt: period.from,
      bucket: 0,
      controls,
      files: [...billed, ...references],
      missing: [...(first.get(period.from) ?? []), ...absent(references, SUBSCRIPTION_REFERENCES)],
    },
  ];
}

/** One partition per day for the checks of days, and for a whole month one for the checks of months. */
async function checks(lake: Lake, period: Period, controls: readonly string[]): Promise<Unidentified[]> {
  const plans: Unidentified[] = [];
  const of = (scope: Control['scope']) =>
    controlsOf(controls).filter((control) => control.grain === 'check' && control.scope === scope);
  const daily = of('day');
  if (daily.length > 0) {
    for (const day of daysOf(period)) {
      const days = { from: day, to: day };
      plans.push({
        partitionId: `${day}.checks`,
        kind: 'day-checks',
        ...(await checkInput(lake, period, daily, days)),
      });
    }
  }
  const monthly = period.kind === 'month' ? of('month') : [];
  if (monthly.length > 0) {
    plans.push({
      partitionId: `${period.label}.checks`,
      kind: 'month-checks',
      ...(await checkInput(lake, period, monthly, period)),
    });
  }
  return plans;
}

/** What checks of the days from..to read: each dataset over the widest window that one of them asks for. */
async function checkInput(
  lake: Lake,
  period: Period,
  controls: readonly Control[],
  { from, to }: Pick<Period, 'from' | 'to'>,
): Promise<Omit<Unidentified, 'partitionId' | 'kind'>> {
  const buckets = await lake.buckets();
  const datasets = [...new Set<DatasetName>(['tariff', 'catalog', ...controls.flatMap(readBy)])];
  const events = datasets.filter((name) => DATASETS[name].kind === 'event');
  const references = datasets.filter((name) => DATASETS[name].kind === 'reference');
  const files: LakeFile[] = [];
  for (const dataset of events) {
    const windows = controls
      .filter((control) => readBy(control).includes(dataset))
      .map(({ window }) => window);
    const last = addDays(to, Math.max(...windows.map((window) => window?.after ?? 0)));
    const first = addDays(from, -Math.max(...windows.map((window) => window?.before ?? 0)));
    for (let day = first; day <= last; day = addDays(day, 1)) {
      for (let bucket = 0; bucket < buckets; bucket += 1) {
        files.push(...(await lake.eventFiles(dataset, day, bucket)));
      }
    }
  }
  const snapshots = await filesOf(lake, references);
  const missing = [
    ...(await missingByDay(lake, { from, to }, await owed(lake, controls, events, { from, to }))).values(),
  ].flat();
  const needed = references.filter((name) => controls.some(({ needs }) => needs.includes(name)));
  return {
    period: period.label,
    dt: from,
    bucket: 0,
    controls: controls.map(referenceOf),
    files: [...files, ...snapshots],
    missing: [...together(missing), ...absent(snapshots, needed)],
  };
}

/** Event datasets whose missing slots count: those that a check needs, and those of which there is a feed. */
async function owed(
  lake: Lake,
  controls: readonly Control[],
  events: readonly DatasetName[],
  { from, to }: Pick<Period, 'from' | 'to'>,
): Promise<DatasetName[]> {
  const found: DatasetName[] = [];
  for (const dataset of events) {
    const needed = controls.some(({ needs }) => needs.includes(dataset));
    if (needed || (await lake.coverage(dataset, from, to)).declared) found.push(dataset);
  }
  return found;
}

/** Missing slots of several days, one entry per dataset. */
function together(missing: PartitionPlan['missing']): PartitionPlan['missing'] {
  return [...new Set(missing.map(({ dataset }) => dataset))].map((dataset) => ({
    dataset,
    slots: missing.filter((one) => one.dataset === dataset).flatMap(({ slots }) => slots),
  }));
}

async function filesOf(lake: Lake, datasets: readonly DatasetName[]): Promise<LakeFile[]> {
  return (await Promise.all(datasets.map((name) => lake.referenceFiles(name)))).flat();
}

/** Missing slots per day. A feed that was never declared and has no file is missing as a whole. */
async function missingByDay(
  lake: Lake,
  period: Pick<Period, 'from' | 'to'>,
  datasets: readonly DatasetName[],
): Promise<Map<Day, { dataset: DatasetName; slots: readonly string[] }[]>> {
  const byDay = new Map<Day, { dataset: DatasetName; slots: readonly string[] }[]>();
  const add = (day: Day, dataset: DatasetName, slots: readonly string[]) =>
    byDay.set(day, [...(byDay.get(day) ?? []), { dataset, slots }]);
  for (const dataset of datasets) {
    const coverage = await lake.coverage(dataset, period.from, period.to);
    const slots = await lake.missingSlots(dataset, period.from, period.to);
    for (const day of daysOf({ ...period, label: '', kind: 'month' })) {
      const missing = slots.get(day);
      if (missing !== undefined && missing.length > 0) add(day, dataset, missing);
      else if (!coverage.declared && coverage.files === 0) add(day, dataset, [day]);
    }
  }
  return byDay;
}

function absent(
  files: readonly LakeFile[],
  datasets: readonly DatasetName[],
): { dataset: DatasetName; slots: readonly string[] }[] {
  return datasets
    .filter((name) => DATASETS[name].kind === 'reference' && !files.some((file) => file.dataset === name))
    .map((dataset) => ({ dataset, slots: ['any snapshot'] }));
}
