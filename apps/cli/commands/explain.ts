import { recordsOf } from '#apps/host/records.ts';
import { openStores } from '#apps/host/stores.ts';
import type { CommandResult, CommandSpec, Invocation } from '../command.ts';
import { findCase } from '../find-case.ts';
import type { Output } from '../output.ts';
import { noteShown, proposalLines } from '../show-case.ts';
import { recordLines } from '../show-records.ts';

/** One case in plain words: claims, each with the evidence it cites, down to file and byte offset. */
export const EXPLAIN: CommandSpec = {
  usage: 'explain <case>',
  summary: 'One case in plain words: claims, their evidence, and the records behind it',
  example: 'plumbline explain C-12345678',
  run: explain,
};

async function explain(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const found = await findCase(stores, invocation.args.case ?? '');
    const proposal = await stores.cases.latestProposal(found.caseId);
    const evidence = await stores.cases.listEvidence(found.caseId);
    const cited = new Set(proposal?.explanation.claims.flatMap((claim) => claim.evidenceIds));
    output.print(`${found.caseId}  ${found.title}`);
    output.print();
    if (proposal) for (const line of proposalLines(proposal)) output.print(line);
    else output.print('It has not been investigated yet. Next: plumbline runs resume');
    output.print();
    output.print('Evidence (name = hash of what the tool replied)');
    for (const item of evidence.filter((one) => cited.has(one.evidenceId))) {
      output.print(`  ${item.evidenceId}  ${item.tool} ${JSON.stringify(item.input)}`);
      output.print(`      ${shortened(JSON.stringify(item.content))}`);
    }
    const records = await recordsOf(stores, found, RECORDS_SHOWN);
    output.print();
    for (const line of recordLines(records)) output.print(line);
    output.print(`All of them: plumbline cases records ${found.caseId}`);
    if (proposal) {
      output.print();
      const byPlaybook = proposal.proposedBy.includes('playbook/');
      output.print(`Answered by ${proposal.proposedBy}${byPlaybook ? ' (no model was used)' : ''}.`);
      await noteShown(invocation.home, found, proposal);
    }
    return { data: { case: found, proposal: proposal ?? null, evidence, records: records.rows } };
  } finally {
    await stores.close();
  }
}

/** Records shown with an explanation. */
const RECORDS_SHOWN = 5;
const EVIDENCE_SHOWN = 300;

function shortened(text: string): string {
  return text.length <= EVIDENCE_SHOWN
    ? text
    : `${text.slice(0, EVIDENCE_SHOWN)}… (evidence show <id> shows all)`;
}
