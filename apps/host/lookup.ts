import type { CaseLookupPorts } from '#tools/case-lookup/ports.ts';
import { examine } from './doctor.ts';
import { kpis } from './kpis.ts';
import type { HostPorts } from './ports.ts';
import { lapses } from './recoverability.ts';

/** What `case-lookup` is handed beside the stores: figures that the CLI computes in the same way. */
export function lookupPorts(
  ports: HostPorts,
): Pick<CaseLookupPorts, 'kpisOf' | 'lapsesOf' | 'configuration'> {
  return {
    kpisOf: (runId) => kpis(ports, runId),
    lapsesOf: (cases, bounds) => lapses(ports, cases, bounds),
    // Where the data folder lies on this machine is nobody's business but its owner's.
    configuration: async () =>
      (await examine(ports.home)).map(({ what, status, found }) => ({
        what,
        status,
        found: found.replaceAll(ports.home, 'the data folder'),
      })),
  };
}
