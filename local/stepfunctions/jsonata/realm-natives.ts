/**
 * JavaScript of the realm: the counters of one evaluation, and built-in functions whose library version is quadratic,
 * needs what the realm does not have, or takes memory before it can be measured.
 */
export const REALM_NATIVES = `
const RealDate = Date;
const failWith = (code, message) => { throw message === undefined ? { code } : { code, message }; };
const MEMORY = 'Expression evaluation memory limit exceeded: Check for excessive memory usage';
const TIMEOUT = 'Expression evaluation timeout: Check for infinite loop';
const STACK = 'Stack overflow error: Check for non-terminating recursive function. Consider rewriting as tail-recursive';
const tooBig = () => ({ bound: true, message: MEMORY });
const makeBounds = (limits) => {
  let work = 0, units = 0, deadline = 0;
  const bounds = {
    reset() { work = 0; units = 0; deadline = RealDate.now() + limits.milliseconds; },
    /** Counts work; looks at the time now and then. */
    tick(n) {
      work += n;
      if (work < 512) return;
      work = 0;
      if (RealDate.now() > deadline) throw { bound: true, message: TIMEOUT };
    },
    /** Counts memory that was taken, in words. */
    take(n) { units += n; if (units > limits.units) throw tooBig(); },
    measure(value) {
      if (typeof value === 'string') {
        if (value.length > limits.stringLength) throw tooBig();
        bounds.take(value.length / 4 + 1);
      } else if (Array.isArray(value)) {
        if (value.length > limits.arrayLength) throw tooBig();
        bounds.take(value.length + 1);
      }
    },
    /** Stable, bottom up. A comparator tells whether its first argument comes after its second. */
    async sort(array, comparator) {
      bounds.take(2 * array.length);
      if (comparator === undefined) return array.slice().sort((a, b) => (a > b ? 1 : a < b ? -1 : 0));
      let from = array.slice(), to = new Array(array.length);
      for (let width = 1; width < from.length; width *= 2) {
        for (let low = 0; low < from.length; low += 2 * width) {
          const middle = Math.min(low + width, from.length), high = Math.min(low + 2 * width, from.length);
          let left = low, right = middle, at = low;
          while (left < middle && right < high) {
            bounds.tick(2);
            to[at++] = (await comparator(from[left], from[right])) ? from[right++] : from[left++];
          }
          while (left < middle) to[at++] = from[left++];
          while (right < high) to[at++] = from[right++];
        }
        [from, to] = [to, from];
      }
      return from;
    },
    distinct(array, results) {
      const seen = new Set();
      for (const value of array) {
        bounds.tick(1);
        const isObject = value !== null && typeof value === 'object';
        const key = isObject ? '\\u0000' + canonical(value) : value;
        if (seen.has(key)) continue;
        seen.add(key);
        results.push(value);
      }
      bounds.take(4 * results.length);
      return results;
    },
  };
  const canonical = (value) => {
    bounds.tick(1);
    if (value === null || typeof value !== 'object') {
      const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
      bounds.take(text.length / 4 + 1);
      return text;
    }
    if (Array.isArray(value)) return '[' + value.map(canonical).join() + ']';
    return '{' + Object.keys(value).sort().map((key) => JSON.stringify(key) + ':' + canonical(value[key])).join() + '}';
  };
  return bounds;
};
/** The functions by name, with their signatures. */
const makeNatives = (host, limits, bounds) => {
  const fromHost = (...args) => {
    const reply = host(...args);
    if (reply.startsWith('!')) failWith('D3137', reply.slice(1));
    return reply.slice(1);
  };
  const range = (first, last, step) => {
    if (first === undefined || last === undefined || step === undefined) return undefined;
    const from = Math.trunc(first), to = Math.trunc(last), by = Math.trunc(step);
    if (by === 0) failWith('D3137', 'The step argument of the range function must not be zero');
    const size = Math.floor((to - from) / by) + 1;
    if (size > limits.arrayLength) throw tooBig();
    const values = [];
    for (let i = 0; i < size; i++) values.push(from + i * by);
    Object.defineProperty(values, 'sequence', { enumerable: false, value: true });
    return values;
  };
  const partition = (array, size) => {
    if (array === undefined || size === undefined) return undefined;
    const n = Math.trunc(size);
    if (n < 1) failWith('D3137', 'The chunk size of the partition function must be a positive integer');
    const chunks = [];
    bounds.take(2 * array.length);
    for (let i = 0; i < array.length; i += n) chunks.push(array.slice(i, i + n));
    return chunks;
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
    bounds.take(2 * text.length);
    try { return JSON.parse(text); } catch (e) { failWith('D3137', 'The argument of the parse function is not valid JSON: ' + e.message); }
  };
  const pad = (text, width, fill) => {
    if (text === undefined) return undefined;
    if (Math.abs(width) > limits.stringLength) throw tooBig();
    const missing = Math.abs(Math.trunc(width)) - [...text].length;
    if (!(missing > 0)) return text;
    const unit = [...(fill === undefined || fill === '' ? ' ' : fill)];
    const padding = unit.join('').repeat(Math.floor(missing / unit.length)) + unit.slice(0, missing % unit.length).join('');
    return width > 0 ? text + padding : padding + text;
  };
  const join = (texts, separator) => {
    if (texts === undefined) return undefined;
    const between = separator === undefined ? '' : separator;
    let length = between.length * Math.max(0, texts.length - 1);
    for (const text of texts) length += text.length;
    if (length > limits.stringLength) throw tooBig();
    return texts.join(between);
  };
  const extreme = (better) => (values) => {
    if (values === undefined || values.length === 0) return undefined;
    let best = values[0];
    for (const value of values) if (better(value, best)) best = value;
    return best;
  };
  const shuffle = (array) => {
    if (array === undefined || array.length <= 1) return array;
    const mixed = array.slice();
    for (let i = mixed.length - 1; i > 0; i--) {
      const j = Math.floor(Math.random() * (i + 1));
      [mixed[i], mixed[j]] = [mixed[j], mixed[i]];
    }
    return mixed;
  };
  const text = (name) => (value) => (value === undefined ? undefined : fromHost(name, value));
  return {
    eval: [() => failWith('T1006', 'Attempted to invoke a non-function')],
    range: [range, '<n?n?n?:a>'],
    partition: [partition, '<a?n?:a>'],
    hash: [(value, algorithm) => (value === undefined ? undefined : fromHost('hash', value, algorithm === undefined ? 'SHA-256' : algorithm)), '<s?s?:s>'],
    uuid: [() => fromHost('uuid'), '<:s>'],
    random: [random, '<n?:n>'],
    parse: [parse, '<s?:x>'],
    pad: [pad, '<s-ns?:s>'],
    join: [join, '<a<s>s?:s>'],
    max: [extreme((value, best) => value > best), '<a<n>:n>'],
    min: [extreme((value, best) => value < best), '<a<n>:n>'],
    shuffle: [shuffle, '<a:a>'],
    base64encode: [text('base64encode'), '<s-:s>'],
    base64decode: [text('base64decode'), '<s-:s>'],
  };
};
`;
