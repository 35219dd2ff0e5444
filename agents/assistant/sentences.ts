import type { Claim } from '#core/domain/case.ts';
import type { CaseReply, CaseRow, CasesReply, ControlReply, ControlsReply, RunReply } from './replies.ts';
import { claim, count, counted, isZero, money, quoted, sentence } from './say.ts';

const SHOWN = 5;

/** The first cases of a list, one sentence each. */
export function listClaims(reply: CasesReply): Claim[] {
  const { evidenceId, casesInTotal, cases } = reply;
  const head =
    casesInTotal === 0
      ? 'There are 0 cases of that kind.'
      : casesInTotal <= SHOWN
        ? `There ${casesInTotal === 1 ? 'is' : 'are'} ${counted(casesInTotal, 'case')} of that kind.`
        : `Of ${counted(casesInTotal, 'case')}, these come first by the order “${reply.order}”.`;
  return [claim(head, evidenceId), ...cases.slice(0, SHOWN).map((row) => rowClaim(row, reply))];
}

function rowClaim(row: CaseRow, { evidenceId, currency }: CasesReply): Claim {
  const title = quoted(row.title);
  const amount = isZero(row.amount) ? '' : ` with ${money(row.amount, currency)}`;
  return claim(
    sentence(`${row.caseId}${amount}, ${row.status}${title === undefined ? '' : `: ${title}`}`),
    evidenceId,
  );
}

/** How many cases there are, by status. */
export function countClaims(reply: CasesReply): Claim[] {
  const states = Object.entries(reply.statuses);
  return [
    claim(`There are ${counted(reply.casesInTotal, 'case')}.`, reply.evidenceId),
    ...states.map(([status, number]) => claim(`${count(number)} of them: ${status}.`, reply.evidenceId)),
  ];
}

/** What was found and what became of it, over cases. */
export function totalClaims(reply: CasesReply, period: string | undefined): Claim[] {
  const { evidenceId, casesInTotal, currency } = reply;
  const { foundLoss, foundOwedBack, undecidedLoss, undecidedOwedBack, confirmedTotal, recoveredTotal } =
    reply;
  const where = period === undefined ? '' : ` of ${period}`;
  if (
    foundLoss === undefined ||
    foundOwedBack === undefined ||
    undecidedLoss === undefined ||
    undecidedOwedBack === undefined ||
    confirmedTotal === undefined ||
    recoveredTotal === undefined
  ) {
    return [claim(`There are ${counted(casesInTotal, 'case')}${where} to add up.`, evidenceId)];
  }
  return [
    claim(
      `${counted(casesInTotal, 'case')}${where} ${casesInTotal === 1 ? 'holds' : 'hold'} ${money(foundLoss, currency)} that customers were charged too little, and ${money(foundOwedBack, currency)} that they were charged too much.`,
      evidenceId,
    ),
    claim(
      `Not decided yet are ${money(undecidedLoss, currency)} and ${money(undecidedOwedBack, currency)} of that; ${money(confirmedTotal, currency)} is approved and has not moved yet, and ${money(recoveredTotal, currency)} was seen on bills.`,
      evidenceId,
    ),
  ];
}

/** One case: its title, what is proposed and what was decided by whom. */
export function caseDecisionClaims(reply: CaseReply): Claim[] {
  const [title = []] = [whatClaims(reply).slice(0, 1)];
  return reply.found ? [...title, ...decisionClaims(reply)] : caseClaims(reply, 'all');
}

/** One case: what it is, why, what is proposed, what was decided. */
export function caseClaims(reply: CaseReply, part: 'all' | 'money'): Claim[] {
  const { evidenceId, caseId } = reply;
  if (!reply.found) {
    return [
      claim(
        `There is no case ${caseId} among the ${count(reply.casesInTotal ?? 0)} that there are.`,
        evidenceId,
      ),
    ];
  }
  return [...whatClaims(reply), ...(part === 'all' ? whyClaims(reply) : []), ...decisionClaims(reply)];
}

function whatClaims(reply: CaseReply): Claim[] {
  const {
    evidenceId,
    caseId,
    status,
    amount = '0',
    potential = '0',
    confirmed = '0',
    recovered = '0',
  } = reply;
  const title = quoted(reply.title ?? '');
  return [
    ...(title === undefined ? [] : [claim(sentence(`${caseId} is ${status}: ${title}`), evidenceId)]),
    claim(
      `Its money: ${money(amount)} found${reply.estimated ? ', estimated' : ''}; ${money(potential)} not decided yet, ${money(confirmed)} approved and not moved yet, ${money(recovered)} seen on bills.`,
      evidenceId,
    ),
    ...(reply.records === undefined || reply.subscriptions === undefined
      ? []
      : [
          claim(
            `It has ${counted(reply.records, 'record')} of ${counted(reply.subscriptions, 'subscription')}.`,
            evidenceId,
          ),
        ]),
    ...(reply.firstEvent === undefined || reply.lastEvent === undefined
      ? []
      : [
          claim(
            `The first of its records is of ${reply.firstEvent.slice(0, 10)}, the last of ${reply.lastEvent.slice(0, 10)}.`,
            evidenceId,
          ),
        ]),
  ];
}

function whyClaims(reply: CaseReply): Claim[] {
  const { evidenceId, caseId } = reply;
  if (reply.proposed !== true) return [claim(`${caseId} has no proposal yet.`, evidenceId)];
  const cause = quoted(reply.cause ?? '');
  const by = quoted(reply.proposedBy ?? '');
  const texts = (reply.explanation ?? []).slice(0, SHOWN).flatMap((text) => quoted(text) ?? []);
  return [
    claim(
      cause === undefined
        ? `No cause of ${caseId} is on record.`
        : sentence(`The cause on record for ${caseId}: ${cause}`),
      evidenceId,
    ),
    ...(texts.length === 0 ? [] : texts.map((text) => claim(`Its explanation says: ${text}`, evidenceId))),
    ...(by === undefined ? [] : [claim(`The proposal for ${caseId} is by ${by}.`, evidenceId)]),
    claim(
      `Sentences that did not survive the check of ${caseId}: ${count(reply.claimsRemoved ?? 0)}.`,
      evidenceId,
    ),
  ];
}

function decisionClaims(reply: CaseReply): Claim[] {
  const { evidenceId, caseId, remedy, adjustments, adjustmentTotal } = reply;
  const decisions = reply.decisions ?? [];
  return [
    ...(remedy === undefined || adjustments === undefined || adjustmentTotal === undefined
      ? []
      : [
          claim(
            `The remedy proposed for ${caseId} is ${remedy}: ${counted(adjustments, 'adjustment')} with ${money(adjustmentTotal)} in total.`,
            evidenceId,
          ),
        ]),
    ...(decisions.length === 0
      ? [claim(`${caseId} has 0 decisions.`, evidenceId)]
      : decisions.map(({ verdict, reason, decidedBy, decidedAt }) =>
          claim(
            `A decision on ${caseId}: “${verdict}”, for the reason “${reason}”, by “${decidedBy}” on ${decidedAt.slice(0, 10)}.`,
            evidenceId,
          ),
        )),
  ];
}

/** One control: what it holds against what, and how it ended. */
export function controlClaims(reply: ControlReply): Claim[] {
  const { evidenceId, controlId } = reply;
  if (!reply.found) {
    const name = quoted(controlId) ?? 'of that name';
    return [
      claim(
        `There is no control ${name} among the ${count(reply.controlsInForce ?? 0)} in force.`,
        evidenceId,
      ),
    ];
  }
  const title = quoted(reply.title ?? '');
  const compares = quoted(reply.compares ?? '');
  return [
    ...(title === undefined ? [] : [claim(sentence(`Control ${controlId}: ${title}`), evidenceId)]),
    ...(compares === undefined ? [] : [claim(sentence(`${controlId} compares: ${compares}`), evidenceId)]),
    ...(reply.needs === undefined
      ? []
      : [claim(`${controlId} needs the data “${reply.needs.join('”, “')}”.`, evidenceId)]),
    claim(
      `${controlId}${reply.severity === undefined ? '' : ` has severity “${reply.severity}” and`} belongs to “${reply.owner ?? ''}”.`,
      evidenceId,
    ),
    outcomeClaim(reply),
  ];
}

function outcomeClaim(reply: ControlReply): Claim {
  const { controlId, outcome = '', violations, underCharged, overCharged, period, evidenceId } = reply;
  if (violations === undefined || underCharged === undefined || overCharged === undefined) {
    return claim(`${controlId} was not in the newest run.`, evidenceId);
  }
  return claim(
    `In the run of ${period} ${controlId} ended with “${outcome}”: ${count(violations)} violations, ${money(underCharged)} too little and ${money(overCharged)} too much.`,
    evidenceId,
  );
}

/** How the controls ended, with those that broke or could not look. */
export function controlsClaims(reply: ControlsReply, passed = false): Claim[] {
  const { evidenceId, period } = reply;
  if (period === null)
    return [claim(`There are ${counted(reply.controlsInForce, 'control')} in force.`, evidenceId)];
  const listed = (outcome: string) => {
    const rows = reply.controls.filter((row) => row.outcome === outcome);
    return rows.length === 0
      ? []
      : [claim(`“${outcome}”: ${rows.map(({ controlId }) => controlId).join(', ')}.`, evidenceId)];
  };
  return [
    claim(
      `Of ${counted(reply.controlsInForce, 'control')} in force, ${reply.breach} ended in a breach in the run of ${period}, ${reply.pass} passed, ${reply.inconclusive} could not look and ${reply.error} failed with an error.`,
      evidenceId,
    ),
    ...listed('breach'),
    ...listed('inconclusive'),
    ...listed('error'),
    ...(passed ? listed('pass') : []),
  ];
}

/** Words by which people call what a control's title calls otherwise. */
const SYNONYMS: Readonly<Record<string, readonly string[]>> = {
  duplicate: ['duplicate', 'twice'],
  missing: ['missing', 'lost', 'gap'],
  price: ['price', 'rate', 're-rate', 'tariff'],
  free: ['free', 'zero'],
  provisioning: ['active', 'billed', 'provision'],
};

/** The controls whose titles hold what is asked for. */
export function matchingControls(reply: ControlsReply, words: readonly string[]): Claim[] {
  const wanted = words
    .filter((word) => word.length > 3 && !NOT_TOPICS.has(word))
    .flatMap((word) => SYNONYMS[stem(word)] ?? [stem(word)]);
  const rows = reply.controls.filter(({ title }) => {
    const text = title.toLowerCase();
    return wanted.some((word) => text.includes(word));
  });
  if (rows.length === 0) return [];
  return rows.slice(0, SHOWN).map(({ controlId, title }) => {
    const shown = quoted(title);
    return claim(`${controlId}${shown === undefined ? '' : `: ${shown}`}.`, reply.evidenceId);
  });
}

const stem = (word: string): string => word.replace(/s$/, '');
const NOT_TOPICS = new Set(
  'what which control controls check checks looks look finds find rule rules there that detect detects catch catches covers cover about against with does have'.split(
    ' ',
  ),
);

/** One run: its size, what came out, how its controls ended. */
export function runClaims(reply: RunReply): Claim[] {
  const {
    evidenceId,
    runId,
    period,
    population,
    findings,
    materialFindings,
    currency,
    expected,
    charged,
    residual,
  } = reply;
  if (!reply.found || runId === undefined) {
    const name = quoted(reply.name ?? '');
    return name === undefined ? [] : [claim(`There is no run ${name}.`, evidenceId)];
  }
  return [
    claim(
      `Run ${runId} covers ${period} with ${count(population ?? 0)} sessions and subscriptions.`,
      evidenceId,
    ),
    claim(
      `It has ${counted(findings ?? 0, 'finding')}, of which ${count(materialFindings ?? 0)} are material.`,
      evidenceId,
    ),
    claim(
      `Its controls ended ${reply.breach} times with a breach, ${reply.pass} times with a pass, ${reply.inconclusive} times inconclusive and ${reply.error} times with an error.`,
      evidenceId,
    ),
    claim(
      `It expected ${money(expected ?? '0', currency)}, found ${money(charged ?? '0', currency)} charged and left ${money(residual ?? '0', currency)} unexplained.`,
      evidenceId,
    ),
  ];
}
