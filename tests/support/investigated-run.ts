import { FtsContractIndex } from '#adapters/local/contract-index.ts';
import type { InvestigationScope, ToolAccess } from '#core/agent-tool/scope.ts';
import type { Finding } from '#core/domain/run.ts';
import { RunViews } from '#core/investigation/run-view.ts';
import { type Audit, audit } from './audit.ts';
import { billed, fee, line, rated, subscription, usage } from './small-operator.ts';
import type { TestRow } from './tables.ts';
import type { TestWorld } from './test-lake.ts';
import { TEST_ACCESS } from './tool-access.ts';

/** Twenty customers of offer O1 (tariff T1), each with one call a day in October 2026; odd ones are rated by ocs-2. */
const CUSTOMERS = Array.from({ length: 20 }, (_, n) => n + 1);
const DAYS = Array.from({ length: 31 }, (_, n) => String(n + 1).padStart(2, '0'));
const PRICE_LIST = `# One price list

This price list is tariff T1. The charge is rounded half up to 4 decimals.

## Version 2

In force from 2026-10-15T22:00:00Z. Calls rise.

| service | zone | time | price per increment |
|---|---|---|---|
| Calls | national | any | 0.12 |
`;

interface Session {
  readonly key: string;
  readonly customer: number;
  readonly day: string;
  readonly start: string;
  readonly engine: string;
  readonly version: number;
}

const SESSIONS: readonly Session[] = CUSTOMERS.flatMap((customer) =>
  DAYS.map((day): Session => {
    const hour = String(7 + (customer % 10)).padStart(2, '0');
    return {
      key: `c${customer}-${day}`,
      customer,
      day,
      start: `2026-10-${day}T${hour}:00:00`,
      engine: customer % 2 === 1 ? 'ocs-2' : 'ocs-1',
      version: day >= '16' ? 2 : 1,
    };
  }),
);

/** From the 18th on, ocs-2 goes on with version 1. */
const isStale = ({ engine, day }: Session): boolean => engine === 'ocs-2' && day >= '18';
/** On the 10th and 11th, what ocs-1 rated is not billed. */
const isUnbilled = ({ engine, day }: Session): boolean =>
  engine === 'ocs-1' && (day === '10' || day === '11');

const WORLD: TestWorld = {
  subscription: CUSTOMERS.map((n) => subscription(`C${n}`, numberOf(n), 'O1')),
  network_profile: CUSTOMERS.map((n) => line(numberOf(n))),
  usage: SESSIONS.map((s) =>
    usage({
      correlation_id: s.key,
      a_number: numberOf(s.customer),
      session_start: s.start,
      start_time: s.start,
      source: s.customer % 4 < 2 ? 'msc-east' : 'msc-west',
      file_id: `usage_202610${s.day}.csv`,
    }),
  ),
  rated: SESSIONS.map((s) =>
    rated({
      correlation_id: s.key,
      subscription_id: `C${s.customer}`,
      start_time: s.start,
      source: s.engine,
      tariff_version: isStale(s) ? 1 : s.version,
      amount: chargeOf(s),
    }),
  ),
  billed: [
    ...SESSIONS.filter((s) => !isUnbilled(s)).map((s) =>
      billed({
        correlation_id: s.key,
        subscription_id: `C${s.customer}`,
        account_id: `A-C${s.customer}`,
        event_time: s.start,
        amount: chargeOf(s),
      }),
    ),
    // C20 is served and has no recurring fee.
    ...CUSTOMERS.filter((n) => n !== 20).map((n) =>
      fee({ bill_item_id: `f-C${n}`, subscription_id: `C${n}`, account_id: `A-C${n}` }),
    ),
  ],
  change_log: [
    change(
      'CHG-1',
      '2026-10-09T23:50:00',
      'billing',
      'batch-job',
      'ocs-1',
      'Nightly collection of rated voice from ocs-1 split into two runs.',
    ),
    change(
      'CHG-2',
      '2026-10-15T22:00:00',
      'rating',
      'tariff-load',
      'T1',
      'Version 2 of T1 in force as decided by product management.',
    ),
    change(
      'CHG-3',
      '2026-10-18T05:30:00',
      'ocs-2',
      'tariff-load',
      'T1',
      'Version 2 of T1 on ocs-2 rolled back for a test of storage.',
    ),
    change(
      'CHG-4',
      '2026-10-18T06:00:00',
      'msc-west',
      'software-upgrade',
      'msc-west',
      'Security patch on msc-west, no change of function.',
    ),
    change('CHG-5', '2026-10-25T06:00:00', 'crm', 'form', 'crm', 'Order form changed.'),
  ],
  contract: [
    {
      contract_id: 'PL-T1',
      kind: 'tariff',
      title: 'One price list',
      subject: 'T1',
      body: PRICE_LIST,
      valid_from: '2020-01-01',
    },
    {
      contract_id: 'TERMS-O2',
      kind: 'offer',
      title: 'Terms of Two',
      subject: 'O2',
      body: '# Terms\n\nThe monthly fee is 62.00 EUR.\n',
      valid_from: '2020-01-01',
    },
    {
      contract_id: 'AGR-NORDTEL',
      kind: 'contract',
      title: 'Interconnect agreement',
      subject: 'NORDTEL',
      body: '# Interconnect agreement\n\nThe price of a terminated minute is 0.0173 EUR, monthly.\n',
      valid_from: '2020-01-01',
    },
  ],
};

function numberOf(customer: number): string {
  return `4366010${String(customer).padStart(2, '0')}`;
}

function chargeOf(session: Session): string {
  return session.version === 2 && !isStale(session) ? '0.12' : '0.10';
}

function change(
  change_id: string,
  changed_at: string,
  system: string,
  kind: string,
  target: string,
  description: string,
): TestRow {
  return { change_id, changed_at, system, actor: 'somebody', kind, target, description };
}

/** A run of the real engine over that operator, open for questions. */
export interface InvestigatedRun {
  readonly run: Audit;
  readonly ports: {
    readonly runViews: RunViews;
    readonly contractIndex: FtsContractIndex;
    readonly access: ToolAccess;
  };
  /** Scope and finding of a symptom. Throws when the engine found none. */
  readonly about: (symptom: string) => { readonly scope: InvestigationScope; readonly finding: Finding };
  close(): Promise<void>;
}

/** Reconciles a period and opens the run. The rated items of the 5th are missing, so that day cannot be looked at. */
export async function investigatedRun(period = '2026-10'): Promise<InvestigatedRun> {
  const run = await audit(WORLD, {
    period,
    materialFrom: '0.01',
    missing: { rated: { '2026-10-05': ['2026-10-05'] } },
    quarantined: { 'usage_20261014.csv': 3 },
  });
  const runViews = new RunViews(run.ports);
  const contractIndex = new FtsContractIndex();
  return {
    run,
    ports: { runViews, contractIndex, access: TEST_ACCESS },
    about: (symptom) => {
      const finding = run.findings.find((candidate) => candidate.symptom === symptom);
      if (finding === undefined) throw new Error(`The engine found no ${symptom}`);
      const { findingId, runId } = finding;
      return { finding, scope: { runId, findingId, caseId: `C-${findingId.slice(2, 10)}` } };
    },
    close: async () => {
      await runViews.close();
      contractIndex.close();
      run.remove();
    },
  };
}
