/**
 * JavaScript that runs inside the evaluation realm, next to the JSONata library and nothing else.
 *
 * Values cross the border as JSON text only, so no object of this process is reachable from an expression.
 * `host(name, ...)` is the single function from outside; it takes and returns strings.
 */
export const REALM_SOURCE = `
'use strict';
(function (jsonata, host, limits) {
  const RealDate = Date;
  let nowMs = 0;
  globalThis.Date = class extends RealDate {
    constructor(...args) { if (args.length === 0) super(nowMs); else super(...args); }
    static now() { return nowMs; }
  };
  const compiled = new Map();
  let depth = 0, steps = 0, units = 0, deadline = 0;
  const tooBig = () => ({ bound: true, message: 'Maximum memory usage was exceeded while evaluating the expression' });
  const measure = (value) => {
    if (typeof value === 'string') {
      if (value.length > limits.stringLength) throw tooBig();
      if (value.length > 256) units += value.length;
    } else if (Array.isArray(value)) {
      if (value.length > limits.arrayLength) throw tooBig();
      if (value.length > 256) units += value.length;
    }
    if (units > limits.units) throw tooBig();
    return value;
  };
  const entry = () => {
    if (++depth > limits.depth) throw { bound: true, message: 'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive' };
    if ((++steps & 127) === 0 && RealDate.now() > deadline) throw { bound: true, message: 'Expression evaluation timeout: Check for infinite loop' };
  };
  const exit = (_expr, _input, _env, result) => { depth--; measure(result); };
  const sequence = (values) => {
    Object.defineProperty(values, 'sequence', { enumerable: false, value: true });
    return values;
  };
  const range = (first, last, step) => {
    if (first === undefined || last === undefined || step === undefined) return undefined;
    const from = Math.trunc(first), to = Math.trunc(last), by = Math.trunc(step);
    if (by === 0) throw { code: 'D3137', message: 'The step argument of the range function must not be zero' };
    const size = Math.floor((to - from) / by) + 1;
    if (size > limits.arrayLength) throw tooBig();
    const values = [];
    for (let i = 0; i < size; i++) values.push(from + i * by);
    return sequence(values);
  };
  const partition = (array, size) => {
    if (array === undefined || size === undefined) return undefined;
    const n = Math.trunc(size);
    if (n < 1) throw { code: 'D3137', message: 'The chunk size of the partition function must be a positive integer' };
    const chunks = [];
    for (let i = 0; i < array.length; i += n) chunks.push(array.slice(i, i + n));
    return chunks;
  };
  const hash = (text, algorithm) => (text === undefined ? undefined : fromHost('hash', text, algorithm === undefined ? 'SHA-256' : algorithm));
  const fromHost = (...args) => {
    const reply = host(...args);
    if (reply.startsWith('!')) throw { code: 'D3137', message: reply.slice(1) };
    return reply.slice(1);
  };
  const random = (seed) => {
    if (seed === undefined) return Math.random();
    // java.util.Random.nextDouble(): a 48-bit linear congruential generator, 26 bits and then 27 bits.
    const mask = (1n << 48n) - 1n;
    let state = (BigInt(Math.trunc(seed)) ^ 0x5deece66dn) & mask;
    const next = (bits) => {
      state = (state * 0x5deece66dn + 0xbn) & mask;
      return state >> BigInt(48 - bits);
    };
    const high = next(26), low = next(27);
    return Number((high << 27n) + low) / 2 ** 53;
  };
  const parse = (text) => {
    if (text === undefined) return undefined;
    try { return JSON.parse(text); } catch (e) { throw { code: 'D3137', message: 'The argument of the parse function is not valid JSON: ' + e.message }; }
  };
  const pad = (text, width, fill) => {
    if (text === undefined) return undefined;
    if (Math.abs(width) > limits.stringLength) throw tooBig();
    const chars = [...text], missing = Math.abs(Math.trunc(width)) - chars.length;
    if (missing <= 0) return text;
    const unit = [...(fill === undefined || fill === '' ? ' ' : fill)];
    const padding = Array.from({ length: missing }, (_, i) => unit[i % unit.length]).join('');
    return width > 0 ? text + padding : padding + text;
  };
  const noEval = () => { throw { code: 'T1006', message: 'Attempted to invoke a non-function' }; };
  const compile = (text) => {
    let expression = compiled.get(text);
    if (expression !== undefined) return expression;
    expression = jsonata(text);
    expression.assign(Symbol.for('jsonata.__evaluate_entry'), entry);
    expression.assign(Symbol.for('jsonata.__evaluate_exit'), exit);
    expression.assign('eval', undefined);
    expression.registerFunction('eval', noEval);
    expression.registerFunction('range', range, '<n?n?n?:a>');
    expression.registerFunction('partition', partition, '<a?n?:a>');
    expression.registerFunction('hash', hash, '<s?s?:s>');
    expression.registerFunction('uuid', () => fromHost('uuid'), '<:s>');
    expression.registerFunction('random', random, '<n?:n>');
    expression.registerFunction('parse', parse, '<s?:x>');
    expression.registerFunction('pad', pad, '<s-ns?:s>');
    if (compiled.size >= limits.compiled) compiled.delete(compiled.keys().next().value);
    compiled.set(text, expression);
    return expression;
  };
  const encode = (_key, value) => {
    if (typeof value === 'number' && !Number.isFinite(value)) return String(value);
    if (typeof value === 'function' || (value && value._jsonata_function === true && typeof value.implementation === 'function') || (value && value._jsonata_lambda === true)) throw { isFunction: true };
    return value;
  };
  const finish = (value) => {
    if (value === undefined) return '{"undefined":true}';
    return '{"value":' + JSON.stringify(value, encode) + '}';
  };
  const fail = (error) => {
    if (error && error.isFunction) return '{"isFunction":true}';
    const code = error && error.code ? String(error.code) : '';
    const message = error && error.message ? String(error.message) : String(error);
    return JSON.stringify({ error: { code, message, bound: Boolean(error && error.bound) || error instanceof RangeError } });
  };
  globalThis.__run = () => {
    globalThis.__reply = undefined;
    depth = 0; steps = 0; units = 0;
    deadline = RealDate.now() + limits.milliseconds;
    const job = JSON.parse(globalThis.__job);
    nowMs = job.now;
    let pending;
    try { pending = compile(job.expression).evaluate(undefined, job.bindings); } catch (error) { globalThis.__reply = fail(error); return; }
    pending.then((value) => { globalThis.__reply = finish(value); }).catch((error) => { globalThis.__reply = fail(error); });
  };
});
`;
