/**
 * JavaScript that runs inside the evaluation realm, next to the JSONata library and nothing else.
 *
 * Values cross the border as JSON text only, so no object of this process is reachable from an expression.
 * `host(name, ...)` is the single function from outside; it takes and returns strings.
 */
import { REALM_NATIVES } from './realm-natives.ts';

export const REALM_SOURCE = `
'use strict';
(function (jsonata, host, limits) {
  ${REALM_NATIVES}
  let nowMs = 0;
  globalThis.Date = class extends RealDate {
    constructor(...args) { if (args.length === 0) super(nowMs); else super(...args); }
    static now() { return nowMs; }
  };
  const bounds = makeBounds(limits);
  const natives = makeNatives(host, limits, bounds);
  globalThis.bounds = bounds;
  const compiled = new Map();
  let depth = 0;
  const entry = () => {
    if (++depth > limits.depth) throw { bound: true, message: STACK };
    bounds.tick(4);
  };
  // What these give was measured where it was made; a list in a variable is not taken again each time it is read.
  const LOOKS = new Set(['variable', 'block', 'condition', 'bind', 'string', 'number', 'value', 'name', 'parent']);
  const exit = (expr, _input, _env, result) => {
    depth--;
    if (typeof result === 'object' && result !== null && !LOOKS.has(expr.type)) {
      if (Array.isArray(result)) bounds.measure(result);
      else if (expr.type === 'unary' && expr.value === '{') bounds.take(2 + 4 * Object.keys(result).length);
    } else if (typeof result === 'string' && !LOOKS.has(expr.type)) bounds.measure(result);
  };
  const compile = (text) => {
    let expression = compiled.get(text);
    if (expression !== undefined) return expression;
    expression = jsonata(text);
    expression.assign(Symbol.for('jsonata.__evaluate_entry'), entry);
    expression.assign(Symbol.for('jsonata.__evaluate_exit'), exit);
    expression.assign('eval', undefined);
    for (const [name, [native, signature]] of Object.entries(natives)) expression.registerFunction(name, native, signature);
    if (compiled.size >= limits.compiled) compiled.delete(compiled.keys().next().value);
    compiled.set(text, expression);
    return expression;
  };
  const encode = (_key, value) => {
    bounds.tick(1);
    if (value === null || typeof value === 'boolean') return value;
    if (typeof value === 'string') { bounds.take(value.length / 4); return value; }
    bounds.take(1);
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (typeof value === 'function' || (value && value._jsonata_function === true && typeof value.implementation === 'function') || (value && value._jsonata_lambda === true)) throw { isFunction: true };
    return value;
  };
  const finish = (value) => {
    if (value === undefined) return '{"undefined":true}';
    return '{"value":' + JSON.stringify(value, encode) + '}';
  };
  const ofEngine = (error) => {
    if (error instanceof RangeError && /call stack/i.test(error.message)) return { bound: true, message: STACK };
    if (error instanceof RangeError && /(string|array) length|out of memory/i.test(error.message)) return tooBig();
    // An error of JavaScript itself: a built-in function met an argument that it does not check.
    return { message: 'A function was called with an argument that it cannot take' };
  };
  const fail = (thrown) => {
    if (thrown && thrown.isFunction) return '{"isFunction":true}';
    const error = thrown instanceof Error && !thrown.code ? ofEngine(thrown) : thrown;
    if (error && error.code === 'D2014') return JSON.stringify({ error: { code: '', message: MEMORY, bound: true } });
    const code = error && error.code ? String(error.code) : '';
    const message = error && error.message ? String(error.message) : String(error);
    return JSON.stringify({ error: { code, message, bound: Boolean(error && error.bound) } });
  };
  globalThis.__run = () => {
    globalThis.__reply = undefined;
    depth = 0;
    bounds.reset();
    const job = JSON.parse(globalThis.__job);
    nowMs = job.now;
    let pending;
    try { pending = compile(job.expression).evaluate(undefined, job.bindings); } catch (error) { globalThis.__reply = fail(error); return; }
    pending.then((value) => { globalThis.__reply = finish(value); }).catch((error) => { globalThis.__reply = fail(error); });
  };
});
`;
