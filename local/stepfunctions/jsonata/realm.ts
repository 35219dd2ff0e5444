/**
 * The sealed realm in which JSONata expressions are evaluated.
 *
 * A separate V8 context with its own microtask queue: an evaluation runs to its end before the call returns, so the
 * interpreter stays synchronous. Its bounds are checked between the steps of an evaluation; native code, which takes
 * no such step, runs in a thread that can be ended (`watched-realm.ts`).
 */
import { createHash, randomUUID } from 'node:crypto';
import { type Context, createContext, Script } from 'node:vm';
import { librarySource } from './library-patches.ts';
import { REALM_SOURCE } from './realm-source.ts';

/** Bounds of one evaluation. The array and string bounds and the depth are those measured on AWS. */
export const EVALUATION_LIMITS = {
  milliseconds: 2_000,
  depth: 199,
  arrayLength: 873_782,
  stringLength: 2 ** 22,
  /** Words of memory that all values made during one evaluation may take together, freed or not. */
  units: 32_000_000,
  compiled: 4_096,
} as const;

/** What came back from the realm; exactly one member is set. */
export interface RealmReply {
  readonly value?: unknown;
  readonly undefined?: true;
  readonly isFunction?: true;
  readonly error?: { readonly code: string; readonly message: string; readonly bound: boolean };
}

export interface RealmJob {
  readonly expression: string;
  readonly bindings: Readonly<Record<string, unknown>>;
  /** What `$now()` and `$millis()` return. */
  readonly now: number;
}

const HASHES: Readonly<Record<string, string>> = {
  MD5: 'md5',
  'SHA-1': 'sha1',
  'SHA-256': 'sha256',
  'SHA-384': 'sha384',
  'SHA-512': 'sha512',
};

/** Called from inside the realm. A reply begins with `=` (value) or `!` (error message). */
function host(name: string, text?: string, algorithm?: string): string {
  if (name === 'uuid') return `=${randomUUID()}`;
  if (name === 'base64encode') return `=${Buffer.from(String(text), 'binary').toString('base64')}`;
  if (name === 'base64decode') return `=${Buffer.from(String(text), 'base64').toString('binary')}`;
  const hash = HASHES[String(algorithm)];
  if (hash === undefined) return `!The hash algorithm '${String(algorithm)}' is not supported`;
  return `=${createHash(hash).update(String(text), 'utf8').digest('hex')}`;
}

let library: Script | undefined;
let setup: Script | undefined;
const RUN = new Script('__run()', { filename: 'evaluate' });

interface RealmGlobals extends Context {
  __job?: string;
  __reply?: string;
}

export class Realm {
  #context: RealmGlobals | undefined;

  /** Evaluates one expression. It ends by itself unless it holds a regular expression that backtracks for ever. */
  evaluate(job: RealmJob): RealmReply {
    const context = this.#open();
    context.__job = JSON.stringify(job);
    RUN.runInContext(context);
    if (context.__reply === undefined) throw new Error('the evaluation realm gave no reply');
    return JSON.parse(context.__reply) as RealmReply;
  }

  #open(): RealmGlobals {
    if (this.#context !== undefined) return this.#context;
    const context: RealmGlobals = createContext(
      {},
      { microtaskMode: 'afterEvaluate', codeGeneration: { strings: false, wasm: false } },
    );
    const source = `var module={exports:{}},exports=module.exports,global=globalThis,bounds;\n`;
    library ??= new Script(source + librarySource(EVALUATION_LIMITS.arrayLength), { filename: 'jsonata.js' });
    setup ??= new Script(REALM_SOURCE, { filename: 'realm.js' });
    library.runInContext(context);
    const install = setup.runInContext(context) as (jsonata: unknown, host: unknown, limits: unknown) => void;
    const jsonata = (context as unknown as { module: { exports: unknown } }).module.exports;
    install(jsonata, host, { ...EVALUATION_LIMITS });
    delete (context as Record<string, unknown>).module;
    delete (context as Record<string, unknown>).exports;
    this.#context = context;
    return context;
  }
}
