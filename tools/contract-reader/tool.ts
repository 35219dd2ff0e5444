import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import type { InvestigationScope, SubjectOf } from '#core/agent-tool/scope.ts';
import { hashOf } from '#core/domain/hash.ts';
import { parsePeriod } from '#core/domain/period.ts';
import type { Finding } from '#core/domain/run.ts';
import { type ContractDocument, splitIntoPassages, standsIn } from '#core/investigation/clauses.ts';
import type { RunView, RunViewPorts, RunViews } from '#core/investigation/run-view.ts';
import type { ContractIndex } from '#core/ports/contract-index.ts';
import type { WarehouseRow } from '#core/ports/warehouse.ts';
import type { ContractReaderInput } from './schema.ts';

const DOCUMENTS = new URL('./queries/documents.sql', import.meta.url);
const NEWEST_DOCUMENTS = new URL('./queries/newest-documents.sql', import.meta.url);
const DEFAULT_LIMIT = 3;
const NO_SUBJECT = 'No document is about this subject. Leave the subject out to search all.';

/** What the tool needs. */
export interface ContractReaderPorts {
  readonly runViews: RunViews;
  readonly contractIndex: ContractIndex;
}

/**
 * Finds passages in the price lists and offer terms that were valid in the period of the run. Every quote is
 * compared with its document before it is returned. Throws AgentToolError NOT_FOUND when the run has no such
 * finding or the subject has no document.
 */
export async function readContracts(
  input: ContractReaderInput,
  scope: InvestigationScope,
  ports: ContractReaderPorts,
): Promise<ReplyContent> {
  const view = await ports.runViews.of(scope.runId);
  const finding = view.finding(scope.findingId);
  if (finding === undefined) throw new AgentToolError('NOT_FOUND', 'The run has no such finding.');
  const documents = await documentsOf(view, finding);
  return search(input, documents, chooseSubject(input.subject, finding, documents), ports);
}

/** Where the documents of a session about no finding lie. */
export type LakeDocumentPorts = Pick<RunViewPorts, 'lake' | 'warehouse' | 'readSql'>;

/**
 * Finds passages in the newest version of every document of the workspace, or of the contracts that the session is
 * about and no other. Throws AgentToolError NOT_FOUND when none of them exists or none is about the subject.
 */
export async function readLakeContracts(
  input: ContractReaderInput,
  scope: SubjectOf<'contracts' | 'workspace'>,
  ports: Pick<ContractReaderPorts, 'contractIndex'> & LakeDocumentPorts,
): Promise<ReplyContent> {
  const documents = (await newestDocuments(ports)).filter(
    ({ contractId }) => scope.kind === 'workspace' || scope.contractIds.includes(contractId),
  );
  if (scope.kind === 'contracts' && documents.length === 0)
    throw new AgentToolError('NOT_FOUND', 'The lake has no such contract.');
  if (input.subject !== undefined && !documents.some(({ subject }) => subject === input.subject))
    throw new AgentToolError('NOT_FOUND', NO_SUBJECT);
  return search(input, documents, input.subject, ports);
}

async function newestDocuments(ports: LakeDocumentPorts): Promise<ContractDocument[]> {
  const session = await ports.warehouse.open();
  try {
    const documents = new Map<string, ContractDocument>();
    for (const file of await ports.lake.referenceFiles('contract')) {
      const sql = await ports.readSql(NEWEST_DOCUMENTS);
      const rows = await session.query(sql, { file: await ports.lake.localPath(file) });
      for (const row of rows) documents.set(String(row.contract_id), documentOf(row));
    }
    return [...documents.values()];
  } finally {
    await session.close();
  }
}

async function search(
  input: ContractReaderInput,
  documents: readonly ContractDocument[],
  subject: string | undefined,
  ports: Pick<ContractReaderPorts, 'contractIndex'>,
): Promise<ReplyContent> {
  const collection = hashOf(documents);
  if (!(await ports.contractIndex.has(collection))) {
    await ports.contractIndex.add(collection, documents.flatMap(splitIntoPassages));
  }
  const limit = input.limit ?? DEFAULT_LIMIT;
  const found = await ports.contractIndex.search(collection, {
    question: input.question,
    limit: limit + 1,
    ...(subject === undefined ? {} : { subject }),
    ...(input.clauseType === undefined ? {} : { clauseType: input.clauseType }),
  });
  const bodies = new Map(documents.map(({ contractId, body }) => [contractId, body]));
  const verified = found.filter((passage) => standsIn(bodies.get(passage.contractId) ?? '', passage));
  return {
    tool: 'contract-reader',
    subject: subject ?? null,
    documentsSearched: documents.filter((document) => subject === undefined || document.subject === subject)
      .length,
    passages: verified.slice(0, limit).map(({ contractId, title, heading, start, end, text }) => ({
      contractId,
      title,
      heading,
      start,
      end,
      text,
    })),
    quotesRejected: found.length - verified.length,
    more: verified.length > limit,
  };
}

async function documentsOf(view: RunView, finding: Finding): Promise<ContractDocument[]> {
  const { from, to } = parsePeriod(finding.period);
  const rows = await view.query(DOCUMENTS, { from, to });
  return rows.filter((row) => concerns(finding, row)).map(documentOf);
}

const documentOf = (row: WarehouseRow): ContractDocument => ({
  contractId: String(row.contract_id),
  title: String(row.title),
  subject: String(row.subject),
  body: String(row.body),
});

/** Price lists and offer terms are for everybody; an agreement with a partner only for findings about that partner. */
function concerns(finding: Finding, { kind, subject }: WarehouseRow): boolean {
  return kind !== 'contract' || Object.values(finding.segment).includes(String(subject));
}

/** The subject asked for, which must have a document; else the tariff or offer of the finding; else all. */
function chooseSubject(
  asked: string | undefined,
  finding: Finding,
  documents: readonly ContractDocument[],
): string | undefined {
  const known = new Set(documents.map((document) => document.subject));
  if (asked !== undefined && !known.has(asked)) {
    throw new AgentToolError('NOT_FOUND', NO_SUBJECT);
  }
  const own = [finding.segment.tariff_id, finding.segment.offer_id].find(
    (value) => value !== undefined && known.has(value),
  );
  return asked ?? own;
}
