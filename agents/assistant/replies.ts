import { z } from 'zod';
import type { ToolReply } from '#core/investigation/playbook.ts';

/** What the playbook reads of the tools' replies. Fields that it does not name are not looked at. */
const evidenceId = z.string();
const caseRow = z.object({
  caseId: z.string(),
  title: z.string(),
  controlId: z.string(),
  period: z.string(),
  status: z.string(),
  resolution: z.string().nullable(),
  amount: z.string(),
  openedAt: z.string(),
});
export type CaseRow = z.infer<typeof caseRow>;

export const casesReply = z.object({
  evidenceId,
  order: z.string(),
  casesInTotal: z.number(),
  statuses: z.record(z.string(), z.number()),
  currency: z.string().optional(),
  foundLoss: z.string().optional(),
  foundOwedBack: z.string().optional(),
  undecidedLoss: z.string().optional(),
  undecidedOwedBack: z.string().optional(),
  confirmedTotal: z.string().optional(),
  recoveredTotal: z.string().optional(),
  cases: z.array(caseRow),
  more: z.boolean(),
});
export type CasesReply = z.infer<typeof casesReply>;

export const caseReply = z.object({
  evidenceId,
  found: z.boolean(),
  caseId: z.string(),
  casesInTotal: z.number().optional(),
  title: z.string().optional(),
  controlId: z.string().optional(),
  status: z.string().optional(),
  resolution: z.string().nullish(),
  amount: z.string().optional(),
  potential: z.string().optional(),
  confirmed: z.string().optional(),
  recovered: z.string().optional(),
  records: z.number().optional(),
  subscriptions: z.number().optional(),
  direction: z.string().optional(),
  firstEvent: z.string().optional(),
  lastEvent: z.string().optional(),
  estimated: z.boolean().optional(),
  proposed: z.boolean().optional(),
  proposedBy: z.string().optional(),
  remedy: z.string().optional(),
  cause: z.string().nullish(),
  changeId: z.string().nullish(),
  adjustments: z.number().optional(),
  adjustmentTotal: z.string().optional(),
  explanation: z.array(z.string()).optional(),
  claimsRemoved: z.number().optional(),
  decisions: z
    .array(
      z.object({ verdict: z.string(), reason: z.string(), decidedBy: z.string(), decidedAt: z.string() }),
    )
    .optional(),
});
export type CaseReply = z.infer<typeof caseReply>;

const outcome = {
  controlId: z.string(),
  title: z.string(),
  outcome: z.string(),
  violations: z.number().optional(),
  underCharged: z.string().optional(),
  overCharged: z.string().optional(),
  reasons: z.array(z.string()).optional(),
};
export const controlsReply = z.object({
  evidenceId,
  runId: z.string().nullable(),
  period: z.string().nullable(),
  controlsInForce: z.number(),
  breach: z.number(),
  pass: z.number(),
  inconclusive: z.number(),
  error: z.number(),
  controls: z.array(z.object({ ...outcome, stage: z.string() })),
});
export type ControlsReply = z.infer<typeof controlsReply>;

export const controlReply = z.object({
  evidenceId,
  found: z.boolean(),
  controlsInForce: z.number().optional(),
  ...outcome,
  title: z.string().optional(),
  outcome: z.string().optional(),
  compares: z.string().optional(),
  stage: z.string().optional(),
  owner: z.string().optional(),
  severity: z.string().optional(),
  needs: z.array(z.string()).optional(),
  runId: z.string().nullish(),
  period: z.string().nullish(),
});
export type ControlReply = z.infer<typeof controlReply>;

export const runsReply = z.object({
  evidenceId,
  runsInTotal: z.number(),
  runs: z.array(
    z.object({
      runId: z.string(),
      period: z.string(),
      population: z.number(),
      findings: z.number(),
      materialFindings: z.number(),
    }),
  ),
});

export const runReply = z.object({
  evidenceId,
  found: z.boolean(),
  name: z.string().optional(),
  runId: z.string().optional(),
  period: z.string().optional(),
  currency: z.string().optional(),
  population: z.number().optional(),
  expected: z.string().optional(),
  charged: z.string().optional(),
  residual: z.string().optional(),
  findings: z.number().optional(),
  materialFindings: z.number().optional(),
  controlsRun: z.number().optional(),
  breach: z.number().optional(),
  pass: z.number().optional(),
  inconclusive: z.number().optional(),
  error: z.number().optional(),
});
export type RunReply = z.infer<typeof runReply>;

export const feedsReply = z.object({
  evidenceId,
  found: z.boolean(),
  runsInTotal: z.number().optional(),
  runId: z.string().optional(),
  period: z.string().optional(),
  feedsDeclared: z.number().optional(),
  feedsComplete: z.number().optional(),
  feedsIncomplete: z.number().optional(),
  incomplete: z
    .array(z.object({ dataset: z.string(), slotsMissing: z.number(), slots: z.array(z.string()) }))
    .optional(),
  notDeclared: z.array(z.string()).optional(),
});

export const kpisReply = z.object({
  evidenceId,
  found: z.boolean(),
  runsInTotal: z.number().optional(),
  period: z.string().optional(),
  figures: z
    .array(
      z.object({
        kpi: z.string(),
        title: z.string(),
        name: z.string(),
        unit: z.string(),
        value: z.string().nullable(),
        percent: z.string().optional(),
        basis: z.string().optional(),
        reason: z.string().optional(),
      }),
    )
    .optional(),
});

export const changesReply = z.object({
  evidenceId,
  found: z.boolean(),
  runsInTotal: z.number().optional(),
  when: z.string().optional(),
  changeId: z.string().optional(),
  changeLogLoaded: z.boolean().optional(),
  changesInTotal: z.number().optional(),
  changes: z
    .array(
      z.object({
        changeId: z.string(),
        changedAt: z.string(),
        system: z.string(),
        kind: z.string(),
        target: z.string(),
        description: z.string(),
      }),
    )
    .optional(),
});

export const configReply = z.object({
  evidenceId,
  thingsChecked: z.number(),
  ok: z.number(),
  warnings: z.number(),
  failed: z.number(),
  checks: z.array(z.object({ what: z.string(), status: z.string(), found: z.string() })),
});

export const recoverabilityReply = z.object({
  evidenceId,
  found: z.boolean(),
  asOf: z.string(),
  lapsesWithinDays: z.number(),
  openCases: z.number().optional(),
  currency: z.string().optional(),
  recoverableTotal: z.string().optional(),
  lapsingTotal: z.string().optional(),
  lapsedTotal: z.string().optional(),
  owedBackTotal: z.string().optional(),
  cases: z
    .array(
      z.object({
        caseId: z.string(),
        recoverable: z.string(),
        lapsing: z.string(),
        lapsed: z.string(),
        nextLapse: z.string().nullable(),
      }),
    )
    .optional(),
});

export const passagesReply = z.object({
  evidenceId,
  documentsSearched: z.number().optional(),
  passages: z.array(z.object({ contractId: z.string(), heading: z.string(), text: z.string() })),
});

/** The reply in the form that is expected, or undefined: the tool answered with an error, or was not asked. */
export function read<T>(form: z.ZodType<T>, reply: ToolReply | undefined): T | undefined {
  const parsed = form.safeParse(reply?.json);
  return parsed.success ? parsed.data : undefined;
}
