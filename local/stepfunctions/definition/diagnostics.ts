/** Findings of the definition check, in the form ValidateStateMachineDefinition returns. */

export interface Diagnostic {
  readonly severity: 'ERROR' | 'WARNING';
  readonly code: string;
  readonly message: string;
  /** Path of the faulty member: `/States/Review/Catch[0]/Next`. */
  readonly location: string;
}

export class Diagnostics {
  readonly all: Diagnostic[] = [];

  error(location: string, message: string, code = 'SCHEMA_VALIDATION_FAILED'): void {
    this.all.push({ severity: 'ERROR', code, message, location });
  }

  warn(location: string, message: string, code: string): void {
    this.all.push({ severity: 'WARNING', code, message, location });
  }

  get errors(): Diagnostic[] {
    return this.all.filter((finding) => finding.severity === 'ERROR');
  }
}

/** AWS's message of `InvalidDefinition`. */
export function invalidDefinitionMessage(errors: readonly Diagnostic[]): string {
  const parts = errors.map((finding) => `${finding.code}: ${finding.message} at ${finding.location}`);
  return `Invalid State Machine Definition: '${parts.join(', ')}'`;
}
