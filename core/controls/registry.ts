import { PlumblineError } from '#core/domain/errors.ts';
import type { Control } from './control.ts';
import { p01ActiveNotBilled } from './p01-active-not-billed/control.ts';
import { p02BilledNotActive } from './p02-billed-not-active/control.ts';
import { r01FullReRate } from './r01-full-re-rate/control.ts';
import { r03DefaultOrZeroRate } from './r03-default-or-zero-rate/control.ts';
import { u04HopCount } from './u04-hop-count/control.ts';
import { u06MissingDownstream } from './u06-missing-downstream/control.ts';
import { u07Ghost } from './u07-ghost/control.ts';
import { u08ExactDuplicate } from './u08-exact-duplicate/control.ts';
import { u12SuspenseAgeing } from './u12-suspense-ageing/control.ts';

/** Every control, in attribution order. Adding a control is adding a folder and a line here. */
export const CONTROLS: readonly Control[] = [
  u04HopCount,
  u06MissingDownstream,
  u07Ghost,
  u08ExactDuplicate,
  r03DefaultOrZeroRate,
  r01FullReRate,
  p01ActiveNotBilled,
  p02BilledNotActive,
  u12SuspenseAgeing,
].toSorted((a, b) => a.rank - b.rank);

/** The controls with these ids, in attribution order; all of them for none. Throws UnknownName. */
export function controlsOf(ids?: readonly string[]): readonly Control[] {
  for (const id of ids ?? []) controlOf(id);
  return ids === undefined ? CONTROLS : CONTROLS.filter((control) => ids.includes(control.id));
}

/** The control with this id. Throws UnknownName. */
export function controlOf(id: string): Control {
  const control = CONTROLS.find((known) => known.id === id);
  if (control !== undefined) return control;
  throw new PlumblineError('UnknownName', {
    what: `There is no control "${id}"`,
    why: `known are ${CONTROLS.map((known) => known.id).join(', ')}`,
    next: 'plumbline controls',
  });
}
