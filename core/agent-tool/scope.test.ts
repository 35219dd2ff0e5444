import { canonicalJson } from '#core/domain/hash.ts';
import { SecretKey } from '#core/domain/secret-key.ts';
import { ACCESS_NOW, caseScope, TEST_ACCESS } from '#tests/support/tool-access.ts';
import { type AgentScope, readScope, type SubjectKind, signScope, subjectOf } from './scope.ts';

const CASE = { runId: 'run-1', caseId: 'C-1', findingId: 'f-1' };
const READER = { key: TEST_ACCESS.key, operator: TEST_ACCESS.operator, now: ACCESS_NOW };
const SIGNED = signScope(caseScope(CASE), TEST_ACCESS.key);
const codeOf = (attributes: Record<string, string>, reader: Partial<typeof READER> = {}): string => {
  try {
    readScope(attributes, { ...READER, ...reader });
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};
const withScope = (changes: object): Record<string, string> => ({
  ...SIGNED,
  scope: canonicalJson({ ...JSON.parse(SIGNED.scope ?? ''), ...changes }),
});

describe('a signed scope', () => {
  test.each<[string, AgentScope['subject']]>([
    ['a case', { kind: 'case', ...CASE }],
    ['contracts', { kind: 'contracts', contractIds: ['IC-7', 'Roaming 2026'] }],
    ['the workspace', { kind: 'workspace' }],
  ])('about %s is read as it was signed', (_name, subject) => {
    const scope = caseScope(CASE, { subject, actor: 'Ada' });
    expect(readScope(signScope(scope, TEST_ACCESS.key), READER)).toEqual(scope);
  });

  test.each<[string, Record<string, string>, Partial<typeof READER>, string]>([
    ['as signed', SIGNED, {}, 'accepted'],
    ['in the last millisecond', SIGNED, { now: ACCESS_NOW + 59_999 }, 'accepted'],
    ['in its instant of expiry', SIGNED, { now: ACCESS_NOW + 60_000 }, 'SCOPE_EXPIRED'],
    ['read with another key', SIGNED, { key: new SecretKey(Buffer.alloc(32, 1)) }, 'SCOPE_MISSING'],
    ['read by another operator with the same key', SIGNED, { operator: 'other' }, 'SCOPE_MISSING'],
    ['without a signature', { scope: SIGNED.scope ?? '' }, {}, 'SCOPE_MISSING'],
    ['without a scope', { scopeSignature: SIGNED.scopeSignature ?? '' }, {}, 'SCOPE_MISSING'],
    ['with an empty signature', { ...SIGNED, scopeSignature: '' }, {}, 'SCOPE_MISSING'],
    [
      'with half of its signature',
      { ...SIGNED, scopeSignature: (SIGNED.scopeSignature ?? '').slice(0, 32) },
      {},
      'SCOPE_MISSING',
    ],
    [
      'about another case',
      withScope({ subject: { kind: 'case', ...CASE, caseId: 'C-2' } }),
      {},
      'SCOPE_MISSING',
    ],
    ['made to last longer', withScope({ expiresAt: '2099-01-01T00:00:00.000Z' }), {}, 'SCOPE_MISSING'],
    ['of another actor', withScope({ actor: 'the chief' }), {}, 'SCOPE_MISSING'],
    ['widened to the workspace', withScope({ subject: { kind: 'workspace' } }), {}, 'SCOPE_MISSING'],
    ['with white space added', { ...SIGNED, scope: ` ${SIGNED.scope}` }, {}, 'SCOPE_MISSING'],
  ])('%s: %s', (_name, attributes, reader, outcome) => {
    expect(codeOf(attributes, reader)).toBe(outcome);
  });

  test('a signature of the bare text by the same key is none of a scope', () => {
    const scope = SIGNED.scope ?? '';
    const scopeSignature = Buffer.from(TEST_ACCESS.key.mac(scope)).toString('hex');
    expect(codeOf({ scope, scopeSignature })).toBe('SCOPE_MISSING');
  });

  test('a path in the name of a run is not signed', () => {
    expect(() => signScope(caseScope({ ...CASE, runId: '../../etc' }), TEST_ACCESS.key)).toThrow();
  });

  test.each<[SubjectKind[], string]>([
    [['case'], 'SCOPE_MISSING'],
    [['contracts', 'case'], 'SCOPE_MISSING'],
    [['workspace'], 'taken'],
  ])('a tool for %s given the workspace: %s', (accepted, outcome) => {
    const take = () => subjectOf(caseScope(CASE, { subject: { kind: 'workspace' } }), accepted);
    if (outcome === 'taken') expect(take()).toEqual({ kind: 'workspace' });
    else expect(take).toThrow(expect.objectContaining({ code: outcome }));
  });
});

describe('a key', () => {
  test('shows nothing of itself, and has to be long enough', () => {
    const key = new SecretKey(Buffer.alloc(32, 7));
    expect(JSON.stringify({ key, ...key })).toBe('{"key":{}}');
    expect(() => new SecretKey(Buffer.alloc(31))).toThrow(RangeError);
    expect(key.derive('a').isMacOf(Buffer.from(key.mac('x')).toString('hex'), 'x')).toBe(false);
  });
});
