import type { Control } from '#core/controls/control.ts';
import { canonicalJson, hashOf } from '#core/domain/hash.ts';
import { type ControlDeclaration, fillTemplate, parseDeclaration } from './declaration.ts';

/** A control of the workspace as it is written into a run: enough to repeat the run anywhere. */
export interface DeclaredSource {
  readonly declaration: ControlDeclaration;
  readonly sql: string;
}

/** Digits of a hash that name a version. */
const HASH_DIGITS = 12;
/** After every control of the product. */
const FIRST_RANK = 100_000;

/**
 * The control that a declaration and its SQL make: always a check, because the money of sessions and subscriptions is
 * attributed by the product alone. Its rule version holds the hash of both, so that a change of either is another rule.
 */
export function controlFrom(source: DeclaredSource): Control {
  const { declaration, sql } = source;
  const { explain, money: _money, ruleVersion, also, window, ...rest } = declaration;
  const hash = hashOf({ declaration, sql }).slice(0, HASH_DIGITS);
  return Object.freeze({
    ...rest,
    ...(also === undefined ? {} : { also }),
    ...(window === undefined
      ? {}
      : {
          window: {
            ...(window.before === undefined ? {} : { before: window.before }),
            ...(window.after === undefined ? {} : { after: window.after }),
          },
        }),
    tolerance: declaration.tolerance as Control['tolerance'],
    grain: 'check',
    rank: FIRST_RANK + Number(declaration.id.slice(1)),
    ruleVersion: `${ruleVersion}+${hash}`,
    right: 'none',
    match: new URL(`declared:${declaration.id}`),
    declared: Object.freeze({ ...source, hash }),
    explain: (violation) => fillTemplate(explain, { ...violation }),
  } satisfies Control);
}

/** The text of a run's `controls.json`. */
export function sourcesText(controls: readonly Control[]): string {
  const sources = controls.flatMap(({ declared }) =>
    declared === undefined ? [] : [{ declaration: declared.declaration, sql: declared.sql }],
  );
  return `${canonicalJson(sources)}\n`;
}

/** The controls of a `controls.json`. Throws ControlInvalid. */
export function controlsFromText(text: string, where: string): Control[] {
  const sources = JSON.parse(text) as readonly { declaration: unknown; sql: string }[];
  return sources.map(({ declaration, sql }) =>
    controlFrom({ declaration: parseDeclaration(JSON.stringify(declaration), where), sql }),
  );
}
