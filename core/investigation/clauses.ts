import type { Passage } from '#core/ports/contract-index.ts';

/** A document as the lake holds it. */
export interface ContractDocument {
  readonly contractId: string;
  readonly title: string;
  readonly subject: string;
  readonly body: string;
}

/** Words by which a clause is recognised. A passage may be of several kinds, or of none. */
const CLAUSE_WORDS: Readonly<Record<string, RegExp>> = {
  price: /\b(price[sd]?|rates?|charge[sd]?|per (minute|message|megabyte|increment)|EUR|connect fee)\b/i,
  rounding: /\b(round(ed|ing)?|decimals?|increments?|minimum)\b/i,
  'time-band': /\b(peak|off-?peak|holidays?|weekends?|working days?|hours?)\b/i,
  roaming: /\b(roam(ing)?|abroad|visited|foreign network)\b/i,
  validity: /\b(valid(ity)?|versions?|in force|until|from \d|supersedes?|replaces?)\b/i,
  'recurring-fee': /\b(monthly|recurring|basic fee|per month|pro ?rata)\b/i,
  'free-usage': /\b(free|included|no charge|not charged|allowance|promotion)\b/i,
};

const LONGEST_PASSAGE = 1_200;

/** Splits a document into passages at headings and blank lines. Each is a verbatim piece of the body. */
export function splitIntoPassages(document: ContractDocument): Passage[] {
  const passages: Passage[] = [];
  let heading = '';
  for (const block of blocksOf(document.body)) {
    const text = document.body.slice(block.start, block.end);
    const title = /^#{1,6}\s+(.+)$/.exec(text);
    if (title !== null && !text.includes('\n')) {
      heading = title[1]?.trim() ?? '';
      continue;
    }
    const { contractId, subject } = document;
    passages.push({
      contractId,
      title: document.title,
      subject,
      heading,
      ...block,
      text,
      clauseTypes: clauseTypesOf(`${heading}\n${text}`),
    });
  }
  return passages;
}

function clauseTypesOf(text: string): string[] {
  return Object.entries(CLAUSE_WORDS)
    .filter(([, words]) => words.test(text))
    .map(([type]) => type);
}

interface Block {
  readonly start: number;
  readonly end: number;
}

/** Headings stand alone; other lines belong together up to a blank line, a heading, or the longest passage. */
function blocksOf(body: string): Block[] {
  const blocks: Block[] = [];
  let open: { start: number; end: number } | undefined;
  const close = () => {
    if (open !== undefined) blocks.push(open);
    open = undefined;
  };
  let position = 0;
  for (const line of body.split('\n')) {
    const start = position + (line.length - line.trimStart().length);
    const end = position + line.trimEnd().length;
    position += line.length + 1;
    if (end <= start) {
      close();
    } else if (/^#{1,6}\s/.test(line.trimStart())) {
      close();
      blocks.push({ start, end });
    } else if (open !== undefined && end - open.start <= LONGEST_PASSAGE) {
      open.end = end;
    } else {
      close();
      open = { start, end };
    }
  }
  close();
  return blocks;
}

/** True when the quote stands in the body at its offsets, word for word. */
export function standsIn(body: string, quote: { start: number; end: number; text: string }): boolean {
  return quote.text !== '' && body.slice(quote.start, quote.end) === quote.text;
}
