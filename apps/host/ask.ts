import { settleRemedy } from '#core/cases/remedy.ts';
import type { Case, Evidence } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { Json } from '#core/domain/hash.ts';
import { decimalString, fromMoneyJson } from '#core/domain/money.ts';
import { parseDay } from '#core/domain/period.ts';
import { adviceSchema, type VerifiedAdvice, verifyAdvice } from '#core/investigation/advice.ts';
import { answerSchema, type VerifiedAnswer, verifyAnswer } from '#core/investigation/answer.ts';
import { contractTermsSchema } from '#core/investigation/terms.ts';
import { type VerifiedTerms, verifyTerms } from '#core/investigation/verify-terms.ts';
import { CLAUSE_TYPES } from '#tools/contract-reader/schema.ts';
import type { Host } from '../host.ts';
import { type Conversed, converse } from './converse.ts';
import { lapses } from './recoverability.ts';
import type { Stores } from './stores.ts';

/** Who answered, with what: kept beside each answer. */
export interface Provenance {
  readonly sessionId: string;
  readonly agent: string;
  readonly answeredBy: string;
  readonly prompt: { readonly file: string; readonly version: number; readonly sha256: string };
  readonly definitionHash: string;
  readonly tools: Readonly<Record<string, string>>;
  readonly usage: Readonly<Record<string, number>>;
  readonly turns: number;
  /** Where question, answer and evidence are kept, in the folder of runs. */
  readonly kept: string;
}

/** An answer that was checked, with the evidence that it cites; undefined where the guardrail did not let it pass. */
export interface Asked<T> {
  readonly answer: T | undefined;
  readonly blocked: 'question' | 'answer' | undefined;
  readonly evidence: readonly Evidence[];
  readonly provenance: Provenance;
}

/** Where the answers of a data folder are kept. */
const ANSWERS = 'answers/';

/** Asks the assistant. Sentences that its evidence does not bear out are removed and listed. Throws AgentFailed. */
export async function askAssistant(
  host: Host,
  question: string,
  actor: string,
): Promise<Asked<VerifiedAnswer>> {
  const conversed = await converse(await host.conversations(), {
    agentName: 'assistant',
    subject: { kind: 'workspace' },
    actor,
    inputText: question,
    form: answerSchema,
  });
  const answer = conversed.answer && verifyAnswer(conversed.answer, conversed.evidence);
  return keep(host.stores, 'assistant', question, conversed, answer);
}

/** Takes terms out of contracts. Terms that their quotes do not bear out are refused and listed. Throws AgentFailed. */
export async function askContractAnalyst(
  host: Host,
  contractIds: readonly string[],
  question: string,
  actor: string,
): Promise<Asked<VerifiedTerms>> {
  const conversed = await converse(await host.conversations(), {
    agentName: 'contract-analyst',
    subject: { kind: 'contracts', contractIds },
    actor,
    inputText: question,
    form: contractTermsSchema(CLAUSE_TYPES),
  });
  const answer = conversed.answer && verifyTerms(conversed.answer, conversed.evidence);
  return keep(host.stores, 'contract-analyst', question, conversed, answer);
}

/** The amounts of an advice: computed from the records of the case, none of them an agent's. Decimal strings. */
export interface AdviceAmounts {
  readonly currency: string;
  readonly found: string;
  readonly recoverable: string | null;
  readonly lapsed: string | null;
  readonly owedBack: string | null;
  readonly nextLapse: string | null;
}

/**
 * Asks the remediation advisor about a case. The remedy is settled by the rules that proposals are made with, the amounts
 * are computed here. Throws CaseNotFound, AgentFailed.
 */
export async function askAdvisor(
  host: Host,
  found: Case,
  actor: string,
): Promise<Asked<VerifiedAdvice & { readonly amounts: AdviceAmounts }>> {
  const { caseId, findingId, runId } = found;
  const finding = await host.stores.cases.findFinding(findingId);
  if (finding === undefined) {
    throw new PlumblineError('CaseNotFound', {
      what: `The finding of ${caseId} is not known`,
      next: 'plumbline cases list',
    });
  }
  const question = `Which remedy fits case ${caseId}?`;
  const conversed = await converse(await host.conversations(), {
    agentName: 'remediation-advisor',
    subject: { kind: 'case', runId, caseId, findingId },
    actor,
    inputText: question,
    form: adviceSchema,
  });
  const advice =
    conversed.answer &&
    verifyAdvice(conversed.answer, conversed.evidence, (remedy) => settleRemedy(finding, remedy));
  const answer = advice && { ...advice, amounts: await amountsOf(host.stores, found) };
  return keep(host.stores, 'remediation-advisor', question, conversed, answer);
}

async function amountsOf(stores: Stores, item: Case): Promise<AdviceAmounts> {
  const asOf = parseDay(new Date(stores.clock.now()).toISOString().slice(0, 10));
  const lapse = (await lapses(stores, [item], { asOf, withinDays: 30 })).get(item.caseId);
  return {
    currency: item.money.potential.asset.slice(0, 3),
    found: decimalString(fromMoneyJson(item.money.potential)),
    recoverable: lapse === undefined ? null : decimalString(lapse.recoverable),
    lapsed: lapse === undefined ? null : decimalString(lapse.lapsed),
    owedBack: lapse === undefined ? null : decimalString(lapse.owedBack),
    nextLapse: lapse?.nextLapse ?? null,
  };
}

/** Writes question, answer and evidence beside the runs, so that what was cited can be looked up afterwards. */
async function keep<T extends object, U>(
  stores: Stores,
  agent: string,
  question: string,
  conversed: Conversed<U>,
  answer: T | undefined,
): Promise<Asked<T>> {
  const { sessionId, answeredBy, usage, turns, evidence, blocked } = conversed;
  const { prompt, definitionHash, toolVersions } = conversed.agent;
  const kept = `${ANSWERS}${sessionId}.json`;
  const provenance: Provenance = {
    sessionId,
    agent,
    answeredBy,
    prompt,
    definitionHash,
    tools: toolVersions,
    usage: { ...usage },
    turns,
    kept,
  };
  await stores.runs.write(
    kept,
    `${JSON.stringify({ question, provenance, blocked: blocked ?? null, answer: answer ?? null, evidence }, null, 1)}\n`,
  );
  return { answer, blocked, evidence, provenance };
}

/** A piece of evidence, with where it was shown. */
export interface FoundEvidence {
  readonly evidenceId: string;
  readonly tool: string;
  readonly input: Json;
  readonly content: Json;
  readonly hash: string;
  /** The case or the session in which a tool showed it. */
  readonly shownIn: string;
}

/** The evidence of that name, of a case or of an answer. The same reply has the same name wherever it was shown. */
export async function findEvidence(stores: Stores, evidenceId: string): Promise<FoundEvidence | undefined> {
  const of = (items: readonly Evidence[]) => {
    const found = items.find((item) => item.evidenceId === evidenceId);
    return found && { ...found, shownIn: found.caseId };
  };
  for (const key of (await stores.runs.list(ANSWERS)).filter((name) => name.endsWith('.json'))) {
    const answer = JSON.parse(await stores.runs.readText(key)) as { readonly evidence: readonly Evidence[] };
    const found = of(answer.evidence);
    if (found) return found;
  }
  for (const { caseId } of await stores.cases.listCases()) {
    const found = of(await stores.cases.listEvidence(caseId));
    if (found) return found;
  }
  return undefined;
}
