/** Definition substitutions: `${Name}` in a definition file, as CloudFormation and CDK replace them. */

const PLACEHOLDER = /\$\{([A-Za-z0-9_]+)\}/g;

/** A definition names a value that was not given, or a value would break its JSON. */
export class SubstitutionError extends Error {
  readonly code = 'DEFINITION_SUBSTITUTION';
}

/** Names of all placeholders in a definition, in the order in which they first appear. */
export function placeholders(definition: string): string[] {
  return [...new Set([...definition.matchAll(PLACEHOLDER)].map((match) => match[1] as string))];
}

/**
 * Replaces every `${Name}` by its value, so that one file serves AWS and this runtime byte for byte.
 * Throws SubstitutionError when a value is missing: a definition with a hole would be half run.
 */
export function substituteDefinition(definition: string, values: Readonly<Record<string, string>>): string {
  const missing = placeholders(definition).filter((name) => !Object.hasOwn(values, name));
  if (missing.length > 0) {
    throw new SubstitutionError(
      `The definition needs values for ${missing.map((name) => `\${${name}}`).join(', ')}.`,
    );
  }
  return definition.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = values[name] as string;
    if (JSON.stringify(value) !== `"${value}"`) {
      throw new SubstitutionError(
        `The value of \${${name}} holds a character that would break the definition's JSON.`,
      );
    }
    return value;
  });
}
