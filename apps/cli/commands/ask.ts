import {
  type Asked,
  askAdvisor,
  askAssistant,
  askContractAnalyst,
  findEvidence,
  type Provenance,
} from '#apps/host/ask.ts';
import { openStores } from '#apps/host/stores.ts';
import { openHost } from '#apps/host.ts';
import type { Claim, RemovedClaim } from '#core/domain/case.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { TermValue } from '#core/investigation/terms.ts';
import { type CommandResult, type CommandSpec, type Invocation, textOption } from '../command.ts';
import { findCase } from '../find-case.ts';
import { showDecimal } from '../format.ts';
import type { Output } from '../output.ts';

/** Questions to agents, and the evidence that their answers cite. */
export const ASK_COMMANDS: readonly CommandSpec[] = [
  {
    usage: 'ask <question>',
    summary: 'A question in plain words about cases, controls, runs, feeds, KPIs, changes or contracts',
    example: 'plumbline ask "Which cases are about to lapse?"',
    run: ask,
  },
  {
    usage: 'cases advise <case>',
    summary: 'Which remedy fits a case: reasons, risks, alternatives, and the amounts as computed',
    example: 'plumbline cases advise C-12345678',
    run: advise,
  },
  {
    usage: 'contracts terms <contract>',
    summary: 'Terms of a contract in the lake as typed values, each with the quote that bears it out',
    example: 'plumbline contracts terms PL-T1 --question "price and rounding"',
    options: [{ flags: '--question <text>', description: 'Kinds of clauses to look for (default: all)' }],
    run: terms,
  },
  {
    usage: 'evidence show <id>',
    summary: 'What a tool showed, under the name by which answers and explanations cite it',
    example: 'plumbline evidence show ev-0123456789ab',
    run: showEvidence,
  },
];

/** Questions that show what can be asked. */
const EXAMPLES = [
  'Which cases are largest?',
  'Which cases are about to lapse?',
  'Why was case C-12345678 opened?',
  'What does control U05 check?',
  'Which controls failed?',
  'How much leakage was there in October?',
  'How much have we recovered?',
  'Which feeds are missing?',
  'What changed on 14 October?',
  'Which cases concern roaming?',
  'What should I do next?',
  'What does the price list say about roaming?',
  'Show the scorecard.',
  'Is the configuration right?',
  'Give me a summary.',
];

/** A command with which a person decides. */
const DECISION = /^plumbline cases (?:approve|reject)/;

async function ask(invocation: Invocation, output: Output): Promise<CommandResult> {
  const question = (invocation.args.question ?? '').trim();
  if (question === '') {
    throw new PlumblineError('UsageError', {
      what: 'Nothing was asked',
      next: 'plumbline ask "Give me a summary."',
    });
  }
  return withHost(invocation, async (host) => {
    const asked = await askAssistant(host, question, 'user');
    const { answer } = asked;
    if (answer?.understood && answer.claims.length > 0) {
      printClaims(output, answer.claims);
    } else if (answer?.understood && asked.evidence.length > 0) {
      output.print('Nothing that can be shown was found.');
    } else if (answer !== undefined && DECISION.test(answer.next ?? '')) {
      output.print('That takes effect, so a person has to do it. I look things up and change nothing.');
    } else if (asked.blocked === undefined) {
      const lead = answer?.understood
        ? ''
        : 'I do not understand this question, or it is not mine to answer.';
      if (lead !== '') output.print(lead);
      output.print(
        'I look things up and change nothing; I read English and German. I can answer, for example:',
      );
      for (const example of EXAMPLES) output.print(`  ${example}`);
    }
    printEnd(output, asked, answer?.removed ?? []);
    if (answer !== undefined && answer.next !== null) output.print(`Next: ${answer.next}`);
    return { data: dataOf(asked) };
  });
}

async function advise(invocation: Invocation, output: Output): Promise<CommandResult> {
  return withHost(invocation, async (host) => {
    const found = await findCase(host.stores, invocation.args.case ?? '');
    const asked = await askAdvisor(host, found, 'user');
    const { answer } = asked;
    if (answer !== undefined) {
      const { amounts } = answer;
      output.print(`${found.caseId}  ${found.title}`);
      output.print();
      output.print(`Remedy: ${answer.remedy}${answer.note === null ? '' : ` (${answer.note})`}`);
      const shown = (decimal: string | null) =>
        decimal === null ? '–' : showDecimal(decimal, amounts.currency);
      output.print(
        `Amounts, as computed: found ${shown(amounts.found)}, can still be charged ${shown(amounts.recoverable)}, lapsed ${shown(amounts.lapsed)}, owed back ${shown(amounts.owedBack)}`,
      );
      section(output, 'Reasons', answer.reasons);
      section(
        output,
        'Risks',
        answer.risks.map((risk) => ({ ...risk, text: `${risk.kind}: ${risk.text}` })),
      );
      section(
        output,
        'Weighed and not taken',
        answer.alternatives.map((other) => ({ ...other, text: `${other.remedy}: ${other.text}` })),
      );
    }
    printEnd(output, asked, answer?.removed ?? []);
    output.print(`Nothing was decided. Next: plumbline cases show ${found.caseId}`);
    return { data: dataOf(asked) };
  });
}

async function terms(invocation: Invocation, output: Output): Promise<CommandResult> {
  return withHost(invocation, async (host) => {
    const contract = invocation.args.contract ?? '';
    const question = textOption(invocation, 'question') ?? 'All kinds of clauses.';
    const asked = await askContractAnalyst(host, [contract], question, 'user');
    const { answer } = asked;
    if (answer !== undefined) {
      for (const { type, value, quote, contractId, start, end } of answer.terms) {
        output.print(`${type.padEnd(28)} ${shownValue(value)}`);
        output.print(`    “${quote.replace(/\s+/g, ' ')}”  ${contractId} ${start}–${end}`);
      }
      for (const { type, quote } of answer.redacted)
        output.print(`${type.padEnd(28)} left out of the document: “${quote.replace(/\s+/g, ' ')}”`);
      output.print();
      output.print(`Not found (which is not the same as absent): ${answer.missing.join(', ') || 'none'}`);
      for (const { type, where, terms: pair } of answer.deviations) {
        const [a, b] = pair.map((index) => answer.terms[index]);
        if (a && b)
          output.print(`Deviates ${where}: ${type}, ${shownValue(a.value)} and ${shownValue(b.value)}`);
      }
      if (answer.refused.length > 0)
        output.print(`${answer.refused.length} terms refused: their quotes do not bear them out`);
    }
    printEnd(output, asked, []);
    return { data: dataOf(asked) };
  });
}

async function showEvidence(invocation: Invocation, output: Output): Promise<CommandResult> {
  const id = invocation.args.id ?? '';
  const stores = await openStores(invocation.home);
  try {
    const found = await findEvidence(stores, id);
    if (found === undefined) {
      throw new PlumblineError('UnknownName', {
        what: `There is no evidence ${id}`,
        why: 'no case and no answer of this data folder has it',
        next: 'plumbline explain <case> lists the evidence of a case',
      });
    }
    output.print(`${found.evidenceId}  ${found.tool} ${JSON.stringify(found.input)}`);
    output.print(`Shown in ${found.shownIn}; the name is the hash of what follows (${found.hash})`);
    output.print();
    output.print(JSON.stringify(found.content, null, 2));
    return { data: { evidence: found } };
  } finally {
    await stores.close();
  }
}

async function withHost(
  invocation: Invocation,
  work: (host: Awaited<ReturnType<typeof openHost>>) => Promise<CommandResult>,
): Promise<CommandResult> {
  const host = await openHost({ home: invocation.home });
  try {
    return await work(host);
  } finally {
    await host.close();
  }
}

function section(output: Output, title: string, claims: readonly Claim[]): void {
  if (claims.length === 0) return;
  output.print();
  output.print(title);
  printClaims(output, claims);
}

function printClaims(output: Output, claims: readonly Claim[]): void {
  for (const { text, evidenceIds } of claims) output.print(`  ${text}  [${evidenceIds.join(', ')}]`);
}

/** What was taken out, who answered, and where to look further. */
function printEnd(output: Output, asked: Asked<unknown>, removed: readonly RemovedClaim[]): void {
  if (asked.blocked === 'question')
    output.print('This is not answered: it asks for something that agents here may not do.');
  if (asked.blocked === 'answer')
    output.print('The answer is withheld: it holds something that agents here may not say.');
  output.print();
  if (removed.length > 0) {
    output.print(
      `${removed.length} ${removed.length === 1 ? 'sentence was' : 'sentences were'} removed: the evidence does not bear them out (--json lists them)`,
    );
  }
  output.print(`Answered by ${whoAnswered(asked.provenance)}.`);
  const answer = JSON.stringify(asked.answer ?? null);
  const first = asked.evidence.find(({ evidenceId }) => answer.includes(evidenceId));
  if (first !== undefined) output.print(`What an answer cites: plumbline evidence show ${first.evidenceId}`);
}

function whoAnswered({ answeredBy, agent, prompt }: Provenance): string {
  const model = answeredBy.startsWith('playbook/') ? `${answeredBy} (no model was used)` : answeredBy;
  return `${model}, agent ${agent}, prompt ${prompt.file} version ${prompt.version}`;
}

function dataOf<T>({ answer, blocked, evidence, provenance }: Asked<T>): Readonly<Record<string, unknown>> {
  return { answer: answer ?? null, blocked: blocked ?? null, evidence, provenance };
}

function shownValue(value: TermValue): string {
  switch (value.kind) {
    case 'percent':
      return `${value.percent} %`;
    case 'amount':
      return `${value.currency} ${value.amount}`;
    case 'period':
      return `${value.count} ${value.unit}${value.count === '1' ? '' : 's'}`;
    case 'date':
      return value.date;
    case 'text':
      return value.text;
  }
}
