import { DATASETS, type DatasetName } from '#core/domain/datasets.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { asteriskMaster } from './asterisk-master.ts';
import { canonical } from './canonical.ts';
import { freeswitch } from './freeswitch.ts';
import type { Mapping } from './mapping.ts';
import { opensips } from './opensips.ts';
import { tmf635 } from './tmf635.ts';

/** Mappings for foreign formats that ship with Plumbline; `canonical` exists for every dataset besides. */
export const MAPPINGS: readonly Mapping[] = [asteriskMaster, freeswitch, opensips, tmf635];

/** The mapping of that name for the dataset. Throws UnknownName when there is none. */
export function findMapping(name: string, dataset: DatasetName): Mapping {
  if (name === 'canonical') return canonical(DATASETS[dataset]);
  const found = MAPPINGS.find((mapping) => mapping.name === name && mapping.dataset === dataset);
  if (found) return found;
  const known = ['canonical', ...MAPPINGS.filter((m) => m.dataset === dataset).map((m) => m.name)];
  throw new PlumblineError('UnknownName', {
    what: `There is no mapping "${name}" for the dataset ${dataset}`,
    why: `known are ${known.join(', ')}`,
    next: `plumbline ingest <path> --as ${dataset} --mapping ${known.at(-1)}`,
  });
}
