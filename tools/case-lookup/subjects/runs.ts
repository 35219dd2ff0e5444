import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { type RunManifest, runKey } from '#core/domain/run.ts';
import { type CaseLookupPorts, ROWS_SHOWN } from '../ports.ts';
import type { CaseLookupInput } from '../schema.ts';

const SLOTS_SHOWN = 5;

/** Manifests of all merged runs, newest period first. */
export async function manifests(ports: Pick<CaseLookupPorts, 'runs'>): Promise<RunManifest[]> {
  const keys = (await ports.runs.list('runs/')).filter((key) => key.endsWith('/manifest.json'));
  const all = await Promise.all(
    keys.map(async (key) => JSON.parse(await ports.runs.readText(key)) as RunManifest),
  );
  return all.sort((a, b) =>
    a.period === b.period ? (a.runId < b.runId ? -1 : 1) : a.period < b.period ? 1 : -1,
  );
}

/** The newest run, of the period where one is named. */
export async function newestRun(
  ports: Pick<CaseLookupPorts, 'runs'>,
  when?: string,
): Promise<RunManifest | undefined> {
  const all = await manifests(ports);
  return when === undefined
    ? all[0]
    : all.find(({ period }) => period.startsWith(when) || when.startsWith(period));
}

/** The runs there are. */
export async function lookUpRuns(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const { when } = input;
  const all = (await manifests(ports)).filter(({ period }) => when === undefined || period.startsWith(when));
  return {
    subject: 'runs',
    ...(when === undefined ? {} : { period: when }),
    runsInTotal: all.length,
    runs: all
      .slice(0, ROWS_SHOWN)
      .map(({ runId, period, stateMachine, findings, materialFindings, conservation }) => ({
        runId,
        period,
        stateMachine,
        population: conservation.sessions,
        findings,
        materialFindings,
      })),
    more: all.length > ROWS_SHOWN,
  };
}

/** One run: what it read, how its controls ended, what it could not explain. */
export async function lookUpRun(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const run = await runAsked(input, ports);
  if (run === undefined) return { subject: 'run', found: false, ...(await notFound(input, ports)) };
  const { conservation, controls } = run;
  const ended = (outcome: string) => controls.filter((control) => control.outcome === outcome);
  const { expected, charged, explained, residual, sessions } = conservation;
  return {
    subject: 'run',
    found: true,
    runId: run.runId,
    period: run.period,
    engineVersion: run.engineVersion,
    currency: run.currency,
    // Sessions and subscriptions together, as conservation counts them.
    population: sessions,
    usageRecords: conservation.records.read,
    expected,
    charged,
    explained,
    residual,
    findings: run.findings,
    materialFindings: run.materialFindings,
    controlsRun: controls.length,
    breach: ended('breach').length,
    pass: ended('pass').length,
    inconclusive: ended('inconclusive').length,
    error: ended('error').length,
    couldNotLook: [...ended('inconclusive'), ...ended('error')]
      .slice(0, ROWS_SHOWN)
      .map(({ controlId, title, reasons }) => ({ controlId, title, reasons: reasons.slice(0, 2) })),
    digest: run.digest,
  };
}

/** Which feeds a run had, and which slots of them were missing. */
export async function lookUpFeeds(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const run = await runAsked(input, ports);
  if (run === undefined) return { subject: 'feeds', found: false, ...(await notFound(input, ports)) };
  const declared = run.coverage.filter((feed) => feed.declared);
  const incomplete = declared.filter(({ missing }) => missing.length > 0);
  return {
    subject: 'feeds',
    found: true,
    runId: run.runId,
    period: run.period,
    feedsDeclared: declared.length,
    feedsComplete: declared.length - incomplete.length,
    feedsIncomplete: incomplete.length,
    slotsMissing: incomplete.reduce((sum, { missing }) => sum + missing.length, 0),
    incomplete: incomplete.map(({ dataset, files, missing }) => ({
      dataset,
      files,
      slotsMissing: missing.length,
      slots: missing.slice(0, SLOTS_SHOWN),
    })),
    notDeclared: run.coverage.filter((feed) => !feed.declared).map(({ dataset }) => dataset),
  };
}

/** The KPIs of a run, or one of them, as one row per figure. */
export async function lookUpKpis(input: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const wanted = input.name?.trim().toUpperCase();
  const run = await newestRun(ports, input.when);
  if (run === undefined) return { subject: 'kpis', found: false, ...(await notFound(input, ports)) };
  const { manifest, kpis } = await ports.kpisOf(run.runId);
  const chosen = kpis.filter(({ id }) => wanted === undefined || id === wanted);
  return {
    subject: 'kpis',
    found: chosen.length > 0,
    ...(wanted === undefined ? {} : { kpi: wanted }),
    runId: manifest.runId,
    period: manifest.period,
    figures: chosen.flatMap(({ id, title, figures }) =>
      figures.map(({ name, value, unit, basis, reason }) => ({
        kpi: id,
        title,
        name,
        unit,
        value,
        ...(unit === 'ratio' && value !== null ? { percent: percentOf(value) } : {}),
        ...(value === null ? { reason: reason ?? 'it cannot be said' } : { basis }),
      })),
    ),
  };
}

/** A ratio with six decimals as a percentage with four: the point moves, nothing is rounded. */
function percentOf(value: string): string {
  const digits = value.replace('-', '').replace('.', '').padStart(7, '0');
  return `${value.startsWith('-') ? '-' : ''}${digits.slice(0, -4).replace(/^0+(?=\d)/, '')}.${digits.slice(-4)}`;
}

async function runAsked(input: CaseLookupInput, ports: CaseLookupPorts): Promise<RunManifest | undefined> {
  if (input.name === undefined) return newestRun(ports, input.when);
  const wanted = input.name.trim();
  const known = (await manifests(ports)).find(({ runId }) => runId === wanted);
  return known === undefined
    ? undefined
    : (JSON.parse(await ports.runs.readText(runKey(known.runId, 'manifest'))) as RunManifest);
}

/** What was asked for, and how many runs there are instead. */
async function notFound({ name, when }: CaseLookupInput, ports: CaseLookupPorts): Promise<ReplyContent> {
  const { length } = await manifests(ports);
  return {
    runsInTotal: length,
    ...(name === undefined ? {} : { name }),
    ...(when === undefined ? {} : { when }),
  };
}
