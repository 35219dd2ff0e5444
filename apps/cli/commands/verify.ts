import { openStores } from '#apps/host/stores.ts';
import { verifyRuns } from '#apps/host/verify.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import type { CommandResult, CommandSpec, Invocation } from '../command.ts';
import { showCount } from '../format.ts';
import type { Output } from '../output.ts';

/** Recomputes what can be recomputed: the audit chain and the conservation of every run. */
export const VERIFY: CommandSpec = {
  usage: 'verify',
  summary: 'Recompute the hash chain of the audit log and the conservation of every run',
  example: 'plumbline verify',
  run: verify,
};

async function verify(invocation: Invocation, output: Output): Promise<CommandResult> {
  const stores = await openStores(invocation.home);
  try {
    const chain = await stores.cases.verifyChain();
    const runs = await verifyRuns(stores);
    output.print(
      chain.ok
        ? `Audit chain    ${showCount(chain.events)} events, unbroken, head ${chain.head.slice(0, 16)}`
        : `Audit chain    BROKEN at event ${chain.brokenAt}`,
    );
    for (const run of runs) {
      output.print(
        `Run            ${run.runId}: ${run.problems.length === 0 ? 'conserved, digest as recorded' : run.problems.join('; ')}`,
      );
    }
    const ok = chain.ok && runs.every((run) => run.problems.length === 0);
    if (!ok) {
      throw new PlumblineError('ConservationBroken', {
        what: chain.ok
          ? 'A run is not what its manifest says'
          : `The audit chain is broken at event ${chain.brokenAt}`,
        where: invocation.home,
        why:
          [...runs.flatMap((run) => run.problems)].join('; ') ||
          'an event was changed or removed after it was written',
        next: 'restore the data folder from a backup and compare',
      });
    }
    return { data: { chain, runs } };
  } finally {
    await stores.close();
  }
}
