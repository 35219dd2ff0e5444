/** Reads the OpenAPI 3 schema of an action group into operations. What cannot be run is refused with its place. */
import { type ApiOperation, PARAMETER_TYPES, type Parameter, type ParameterType } from '../agent.ts';
import { invalid } from '../errors.ts';
import { type Fields, isFields } from '../fields.ts';

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

/**
 * Operations of a schema given as JSON text. Throws ValidationException for YAML, a version other than 3,
 * references outside the document, and parameter types that Bedrock has no word for.
 */
export function readOpenApi(payload: string): readonly ApiOperation[] {
  const root = parse(payload);
  if (!String(root.openapi).startsWith('3.')) throw invalid('apiSchema: `openapi` must be 3.x');
  if (!isFields(root.paths)) throw invalid('apiSchema: `paths` is missing');
  const operations = Object.entries(root.paths).flatMap(([path, item]) => {
    const resolved = resolve(root, item, path);
    return METHODS.flatMap((method) =>
      resolved[method] === undefined ? [] : [readOperation(root, path, method, resolved)],
    );
  });
  if (operations.length === 0) throw invalid('apiSchema: it has no operation');
  return operations;
}

function parse(payload: string): Fields {
  try {
    const value: unknown = JSON.parse(payload);
    if (isFields(value)) return value;
  } catch {
    // Falls through: YAML reads as invalid JSON.
  }
  throw invalid('apiSchema: the payload must be a JSON object (YAML is not read by this runtime)');
}

/** Follows `$ref` inside the document. */
function resolve(root: Fields, value: unknown, where: string, depth = 0): Fields {
  if (!isFields(value)) throw invalid(`apiSchema: ${where} must be an object`);
  const { $ref } = value;
  if ($ref === undefined) return value;
  if (typeof $ref !== 'string' || !$ref.startsWith('#/') || depth > 20) {
    throw invalid(`apiSchema: ${where}: cannot follow the reference ${String($ref)}`);
  }
  const parts = $ref
    .slice(2)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = parts.reduce<unknown>((at, part) => (isFields(at) ? at[part] : undefined), root);
  return resolve(root, target, $ref, depth + 1);
}

function readOperation(root: Fields, path: string, method: string, item: Fields): ApiOperation {
  const where = `${method.toUpperCase()} ${path}`;
  const operation = resolve(root, item[method], where);
  const description = operation.description ?? operation.summary;
  if (typeof description !== 'string') throw invalid(`apiSchema: ${where} needs a description`);
  const declared = [...list(item.parameters), ...list(operation.parameters)];
  const body = operation.requestBody === undefined ? undefined : readBody(root, operation.requestBody, where);
  const operationId = operation.operationId ?? path.replace(/[^0-9a-zA-Z_-]+/g, '_').replace(/^_+|_+$/g, '');
  if (typeof operationId !== 'string' || !/^[0-9a-zA-Z_-]+$/.test(operationId)) {
    throw invalid(`apiSchema: ${where}: operationId may hold letters, digits, _ and - only`);
  }
  return {
    kind: 'api',
    operationId,
    path,
    method: method.toUpperCase(),
    description,
    parameters: Object.fromEntries(declared.map((value) => readParameter(root, value, where))),
    ...(body === undefined ? {} : { body }),
    requireConfirmation: operation['x-requireConfirmation'] === 'ENABLED',
  };
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function readParameter(root: Fields, value: unknown, where: string): [string, Parameter] {
  const parameter = resolve(root, value, `${where} parameters`);
  const { name } = parameter;
  if (typeof name !== 'string') throw invalid(`apiSchema: ${where}: a parameter has no name`);
  const schema = resolve(root, parameter.schema, `${where} parameter ${name}`);
  return [name, toParameter(schema, parameter.description, parameter.required === true, `${where} ${name}`)];
}

function readBody(root: Fields, value: unknown, where: string): NonNullable<ApiOperation['body']> {
  const { content } = resolve(root, value, `${where} requestBody`);
  const [mime, media] = isFields(content) ? (Object.entries(content)[0] ?? []) : [];
  if (mime === undefined || !isFields(media))
    throw invalid(`apiSchema: ${where}: requestBody has no content`);
  const schema = resolve(root, media.schema, `${where} requestBody`);
  if (!isFields(schema.properties)) throw invalid(`apiSchema: ${where}: requestBody must have properties`);
  const required = list(schema.required);
  const properties = Object.entries(schema.properties).map(([name, property]): [string, Parameter] => {
    const resolved = resolve(root, property, `${where} requestBody.${name}`);
    return [name, toParameter(resolved, resolved.description, required.includes(name), `${where} ${name}`)];
  });
  return { mime, properties: Object.fromEntries(properties) };
}

function toParameter(schema: Fields, description: unknown, required: boolean, where: string): Parameter {
  const type = schema.type as ParameterType;
  if (!PARAMETER_TYPES.includes(type)) {
    throw invalid(`apiSchema: ${where}: type ${String(type)} is not one of ${PARAMETER_TYPES.join(', ')}`);
  }
  return { type, required, ...(typeof description === 'string' ? { description } : {}) };
}
