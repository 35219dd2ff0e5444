import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { InvestigationScope } from '#core/agent-tool/scope.ts';
import type { RunViews } from '#core/investigation/run-view.ts';
import { byDimension } from './questions/by-dimension.ts';
import { changesNear } from './questions/changes-near.ts';
import { chargeRatio } from './questions/charge-ratio.ts';
import { dailySeries } from './questions/daily-series.ts';
import { feedHealth } from './questions/feed-health.ts';
import { findingSummary } from './questions/finding-summary.ts';
import { hourlySeries } from './questions/hourly-series.ts';
import { sampleRecords } from './questions/sample-records.ts';
import { versionComparison } from './questions/version-comparison.ts';
import type { UsageQueryInput, UsageQuestion } from './schema.ts';
import { type Selection, selectionOf } from './selection.ts';

type Question = (selection: Selection, input: UsageQueryInput) => Promise<ReplyContent>;

const QUESTIONS: Readonly<Record<UsageQuestion, Question>> = {
  'finding-summary': findingSummary,
  'daily-series': dailySeries,
  'hourly-series': hourlySeries,
  'by-dimension': byDimension,
  'sample-records': sampleRecords,
  'version-comparison': versionComparison,
  'charge-ratio': chargeRatio,
  'changes-near': changesNear,
  'feed-health': feedHealth,
};

/** What the tool needs. */
export interface UsageQueryPorts {
  readonly runViews: RunViews;
}

/**
 * Answers one question about the finding of the scope. Throws AgentToolError NOT_FOUND when the run has no such
 * finding, INVALID_INPUT or NOT_APPLICABLE where the question cannot be answered as asked.
 */
export async function answerUsageQuestion(
  input: UsageQueryInput,
  scope: InvestigationScope,
  ports: UsageQueryPorts,
): Promise<ReplyContent> {
  const view = await ports.runViews.of(scope.runId);
  const finding = view.finding(scope.findingId);
  if (finding === undefined) throw new AgentToolError('NOT_FOUND', 'The run has no such finding.');
  const content = await QUESTIONS[input.question](selectionOf(view, finding, input), input);
  return { tool: 'usage-query', question: input.question, ...content };
}
