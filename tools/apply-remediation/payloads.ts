import type { AdjustmentLine } from '#core/cases/adjustments.ts';
import { ticketOf } from '#core/cases/ticket.ts';
import { parseAsset } from '#core/domain/asset.ts';
import type { Case, Decision, Proposal } from '#core/domain/case.ts';
import type { Json } from '#core/domain/hash.ts';
import { decimalString, fromMoneyJson } from '#core/domain/money.ts';
import { parsePeriod } from '#core/domain/period.ts';
import type { OutboxMessage } from '#core/ports/outbox.ts';

/** Adjustments in one message: bounded, so that a receiver can take one in a single transaction. */
export const ADJUSTMENTS_PER_MESSAGE = 500;

/** What a remedy is made from. Nothing else goes into a message: no clock, so that the bytes repeat. */
export interface ApprovedRemedy {
  readonly case: Case;
  readonly proposal: Proposal;
  readonly decision: Decision;
  readonly lines: readonly AdjustmentLine[];
}

/** Every message of a remedy: the ticket, then the adjustments in order. The README shows both shapes. */
export function messagesOf(remedy: ApprovedRemedy): OutboxMessage[] {
  const batches: OutboxMessage[] = [];
  for (let start = 0; start < remedy.lines.length; start += ADJUSTMENTS_PER_MESSAGE) {
    const batch = remedy.lines.slice(start, start + ADJUSTMENTS_PER_MESSAGE);
    batches.push(adjustmentMessage(remedy, batches.length + 1, batch));
  }
  return [ticketMessage(remedy), ...batches];
}

function ticketMessage(remedy: ApprovedRemedy): OutboxMessage {
  const { proposal, decision } = remedy;
  const { caseId, changeId, ticket } = proposal;
  const idempotencyKey = keyOf('TMF621', proposal);
  const { relatedEntity, ...fields } = ticketOf({ caseId, changeId, severity: 'Major', ...ticket });
  const text = `Approved (${decision.reason}): ${decision.comment}`;
  return {
    idempotencyKey,
    caseId,
    api: 'TMF621',
    payload: {
      ...fields,
      externalId: idempotencyKey,
      relatedEntity: relatedEntity.map((entity) => ({ ...entity })),
      note: [{ author: decision.decidedBy, date: decision.decidedAt, text }],
    },
  };
}

function adjustmentMessage(
  remedy: ApprovedRemedy,
  number: number,
  lines: readonly AdjustmentLine[],
): OutboxMessage {
  const { proposal } = remedy;
  const idempotencyKey = `${keyOf('TMF678', proposal)}-${String(number).padStart(4, '0')}`;
  return {
    idempotencyKey,
    caseId: proposal.caseId,
    api: 'TMF678',
    payload: {
      id: idempotencyKey,
      '@type': 'AppliedCustomerBillingRateBatch',
      caseId: proposal.caseId,
      proposalHash: proposal.proposalHash,
      appliedCustomerBillingRate: lines.map((line) => rateOf(remedy, line)),
    },
  };
}

function rateOf(remedy: ApprovedRemedy, line: AdjustmentLine): Json {
  const { controlId, period } = remedy.case;
  const amount = fromMoneyJson(line.amount);
  return {
    id: line.violationId,
    '@type': 'AppliedCustomerBillingRate',
    name: `Adjustment ${controlId} ${period}`,
    date: remedy.decision.decidedAt,
    type: 'adjustment',
    isBilled: false,
    taxExcludedAmount: { unit: parseAsset(amount.asset).currency, value: decimalString(amount) },
    billingAccount: { id: line.accountId },
    product: { id: line.subscriptionId },
    characteristic: characteristics(line, period),
  };
}

/** What ties an adjustment to its session, or to its period where it is about a subscription. */
function characteristics(line: AdjustmentLine, period: string): Json[] {
  const { from, to } = parsePeriod(period);
  const belongsTo: readonly (readonly [string, string])[] =
    line.grain === 'record'
      ? [['correlationId', line.key]]
      : [
          ['periodFrom', from],
          ['periodTo', to],
        ];
  const service: readonly (readonly [string, string])[] =
    line.service === null ? [] : [['service', line.service]];
  return [...belongsTo, ['eventTime', line.eventTime] as const, ...service].map(([name, value]) => ({
    name,
    value,
  }));
}

const keyOf = (api: OutboxMessage['api'], proposal: Proposal): string =>
  `${api}-${proposal.caseId}-${proposal.proposalHash.slice(0, 16)}`;
