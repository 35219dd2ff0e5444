import { z } from 'zod';
import { canonicalJson } from '#core/domain/hash.ts';
import type { SecretKey } from '#core/domain/secret-key.ts';
import type { Clock } from '#core/ports/clock.ts';
import { AgentToolError } from './errors.ts';

const caseSubject = z.strictObject({
  kind: z.literal('case'),
  runId: z.string().regex(/^[\w.:-]{1,120}$/),
  caseId: z.string().regex(/^[\w-]{1,60}$/),
  findingId: z.string().regex(/^[\w-]{1,60}$/),
});
const contractsSubject = z.strictObject({
  kind: z.literal('contracts'),
  contractIds: z.array(z.string().min(1).max(200)).max(200).readonly(),
});
const workspaceSubject = z.strictObject({ kind: z.literal('workspace') });

const scopeSchema = z.strictObject({
  operator: z.string().min(1).max(120),
  actor: z.string().min(1).max(120),
  expiresAt: z.iso.datetime(),
  subject: z.discriminatedUnion('kind', [caseSubject, contractsSubject, workspaceSubject]),
});

/**
 * What a conversation of an agent may look at; set and signed by the invoking host or state machine, never by a
 * model: a model chooses what to look at inside the scope, not the scope.
 *
 * `operator` is the workspace. `actor` is who asks: a person's name, `system`, `agent:<name>`. `expiresAt` is an ISO
 * instant. The subject is one case; or some contracts; or, read-only, the whole workspace.
 */
export type AgentScope = z.infer<typeof scopeSchema>;
export type AgentSubject = AgentScope['subject'];
export type SubjectKind = AgentSubject['kind'];
/** The subject of one of these kinds. */
export type SubjectOf<Kind extends SubjectKind> = Extract<AgentSubject, { readonly kind: Kind }>;

/** What names a finding under investigation: the subject `case` without its kind. */
export type InvestigationScope = Readonly<Omit<SubjectOf<'case'>, 'kind'>>;

/** The key that signs scopes. */
export type ScopeKey = SecretKey;

/** What a tool needs to know whose scopes it accepts. */
export interface ToolAccess {
  readonly operator: string;
  readonly key: ScopeKey;
  readonly clock: Clock;
}

/** Names of the session attributes that carry the scope. */
const SCOPE = 'scope';
const SIGNATURE = 'scopeSignature';
/** Keeps a signature of a scope from being one of anything else that the key signs. */
const signed = (scopeText: string): string => `plumbline scope 1\n${scopeText}`;

/** The session attributes that carry the scope: its canonical JSON and the hex HMAC-SHA256 of that. */
export function signScope(scope: AgentScope, key: ScopeKey): Record<string, string> {
  const text = canonicalJson(scopeSchema.parse(scope));
  return { [SCOPE]: text, [SIGNATURE]: Buffer.from(key.mac(signed(text))).toString('hex') };
}

/**
 * Reads the scope from session attributes. Throws AgentToolError SCOPE_MISSING when they carry none that this
 * operator's key has signed, SCOPE_EXPIRED from `expiresAt` on. `now` is in milliseconds since 1970.
 */
export function readScope(
  attributes: Readonly<Record<string, string>>,
  reader: { readonly key: ScopeKey; readonly operator: string; readonly now: number },
): AgentScope {
  const text = attributes[SCOPE];
  const signature = attributes[SIGNATURE];
  if (text === undefined || signature === undefined || !reader.key.isMacOf(signature, signed(text))) {
    throw missing();
  }
  const parsed = scopeSchema.safeParse(parse(text));
  if (!parsed.success || parsed.data.operator !== reader.operator) throw missing();
  if (reader.now >= Date.parse(parsed.data.expiresAt)) {
    throw new AgentToolError('SCOPE_EXPIRED', 'The time of this session is over.');
  }
  return parsed.data;
}

/** The subject of a scope, when a tool takes its kind. Throws AgentToolError SCOPE_MISSING otherwise. */
export function subjectOf<Kind extends SubjectKind>(
  scope: AgentScope,
  accepted: readonly Kind[],
): SubjectOf<Kind> {
  const { subject } = scope;
  if (!(accepted as readonly SubjectKind[]).includes(subject.kind)) {
    throw new AgentToolError('SCOPE_MISSING', 'This tool has nothing to look at in this session.');
  }
  return subject as SubjectOf<Kind>;
}

/** One message for every scope that is not accepted, so that nobody learns what was wrong with a forged one. */
const missing = () =>
  new AgentToolError('SCOPE_MISSING', 'This session has no scope that was signed for this workspace.');

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
