import { AgentToolError } from '#core/agent-tool/errors.ts';
import type { ReplyContent } from '#core/agent-tool/evidence.ts';
import { share } from '#core/investigation/fraction.ts';
import { type Selection, violationParameters } from '../selection.ts';

const SQL = new URL('../queries/version-comparison.sql', import.meta.url);

/**
 * Prices the records again under other versions, zones, time bands, tariffs and the rated quantity, and counts how
 * many come out at what was charged, to the fourth decimal. Throws NOT_APPLICABLE where the records carry no price.
 */
export async function versionComparison(selection: Selection): Promise<ReplyContent> {
  const rows = await selection.view.query(SQL, violationParameters(selection));
  const compared = Number(rows.at(-1)?.compared ?? 0);
  if (compared === 0) {
    throw new AgentToolError('NOT_APPLICABLE', 'No record of this finding carries a tariff and a quantity.');
  }
  const explanations = rows.filter((row) => row.explanation !== null);
  return {
    compared,
    explanations: explanations.map((row) => ({
      explanation: row.explanation ?? null,
      ...(row.explanation === 'other-version'
        ? { tariffVersion: Number(row.value) }
        : { value: row.value ?? null }),
      validFrom: row.valid_from ?? null,
      validTo: row.valid_to ?? null,
      exact: Number(row.exact),
      percent: share(Number(row.exact), compared).percent,
    })),
  };
}
