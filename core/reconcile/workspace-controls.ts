import { parseDeclaration } from '#core/controls/declared/declaration.ts';
import { controlFrom, controlsFromText, sourcesText } from '#core/controls/declared/declared-control.ts';
import {
  controlsOf,
  isUnknownVersion,
  referenceOf,
  rememberControls,
  setWorkspaceControls,
} from '#core/controls/registry.ts';
import { PlumblineError } from '#core/domain/errors.ts';
import { type PartitionPlan, runKey } from '#core/domain/run.ts';
import type { RunStore } from '#core/ports/run-store.ts';

/** Where a deployment without a data folder keeps the controls of its workspace: `<id>.json` beside `<id>.sql`. */
const STORED = 'controls/';

/** Puts the controls in force that stand in the run store, if any do. Throws ControlInvalid. */
export async function loadStoredControls(runs: RunStore): Promise<void> {
  const keys = (await runs.list(STORED)).filter((key) => key.endsWith('.json'));
  if (keys.length === 0) return;
  const controls = keys.map(async (key) => {
    const declaration = parseDeclaration(await runs.readText(key), key);
    return controlFrom({ declaration, sql: await runs.readText(key.replace(/\.json$/, '.sql')) });
  });
  setWorkspaceControls(await Promise.all(controls));
}

/** Writes the controls of the workspace among these into the run, so that it can be repeated without the workspace. */
export async function writeRunControls(
  runId: string,
  references: readonly string[],
  runs: RunStore,
): Promise<void> {
  const declared = controlsOf(references).filter((control) => control.declared !== undefined);
  if (declared.length > 0) await runs.write(runKey(runId, 'controls'), sourcesText(declared));
}

/**
 * Makes the controls of a plan known to this process: a Lambda, or one that takes up a run planned before the workspace
 * changed. Throws ControlInvalid where what stands in the run is not what was planned.
 */
export async function loadRunControls(
  { runId, controls }: Pick<PartitionPlan, 'runId' | 'controls'>,
  runs: RunStore,
): Promise<void> {
  const unknown = controls.filter(isUnknownVersion);
  if (unknown.length === 0) return;
  const key = runKey(runId, 'controls');
  const found = controlsFromText(await runs.readText(key), key);
  const changed = unknown.find((reference) => !found.some((control) => referenceOf(control) === reference));
  if (changed !== undefined)
    throw new PlumblineError('ControlInvalid', {
      what: `Control ${changed} is not as it was planned`,
      where: key,
      why: 'its declaration or SQL in the run was changed',
      next: 'plan the period again',
    });
  rememberControls(found);
}
