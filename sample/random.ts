/**
 * A seeded stream of random numbers (sfc32). Every stream is named by its words (seed, purpose, subscriber, day…), so
 * that what one part of the generator draws never depends on how much another part drew before it.
 */
export class Random {
  private a: number;
  private b: number;
  private c: number;
  private counter = 1;

  constructor(w0: number, w1: number, w2: number) {
    this.a = scramble(w0, 0x9e3779b9);
    this.b = scramble(w1, 0x85ebca6b ^ this.a);
    this.c = scramble(w2, 0xc2b2ae35 ^ this.b);
    for (let i = 0; i < 8; i++) this.word();
  }

  /** The next 32 random bits, unsigned. */
  word(): number {
    const t = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (this.c << 21) | (this.c >>> 11);
    this.c = (this.c + t) | 0;
    return t >>> 0;
  }

  /** Uniform in [0, 1). */
  unit(): number {
    return this.word() / 4_294_967_296;
  }

  /** Uniform in [low, high). */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** Uniform integer in [0, count). */
  below(count: number): number {
    return Math.floor(this.unit() * count);
  }

  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** One element. Throws a RangeError when the list is empty. */
  pick<T>(list: readonly T[]): T {
    const item = list[this.below(list.length)];
    if (item === undefined) throw new RangeError('Cannot pick from an empty list');
    return item;
  }

  /** One element, with probability proportional to its weight. Throws a RangeError when the list is empty. */
  pickWeighted<T>(list: readonly (readonly [T, number])[]): T {
    let total = 0;
    for (const [, weight] of list) total += weight;
    let left = this.unit() * total;
    for (const [item, weight] of list) {
      left -= weight;
      if (left < 0) return item;
    }
    return this.pick(list)[0];
  }

  /** A new list in random order. */
  shuffle<T>(list: readonly T[]): T[] {
    const keyed = list.map((item) => ({ item, key: this.word() }));
    return keyed.sort((x, y) => x.key - y.key).map(({ item }) => item);
  }

  normal(): number {
    const u = 1 - this.unit();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * this.unit());
  }

  /** Log-normal with the given median; `sigma` is the deviation of its logarithm. */
  logNormal(median: number, sigma: number): number {
    return median * Math.exp(sigma * this.normal());
  }

  /** Poisson count. Above a mean of 30 a rounded normal stands for it. */
  poisson(mean: number): number {
    if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * this.normal()));
    const limit = Math.exp(-mean);
    let product = this.unit();
    let count = 0;
    while (product > limit) {
      product *= this.unit();
      count++;
    }
    return count;
  }
}

/** The stream named by the seed, a purpose in words, and two numbers such as subscriber and day. */
export function stream(seed: number, purpose: string, x = 0, y = 0): Random {
  return new Random(seedWord(seed, purpose), x, y);
}

/** One word for a seed and a purpose: computed once by callers that open many streams. */
export function seedWord(seed: number, purpose: string): number {
  let word = scramble(seed >>> 0, Math.floor(seed / 4_294_967_296));
  for (let i = 0; i < purpose.length; i++) word = Math.imul(word ^ purpose.charCodeAt(i), 0x01000193);
  return word >>> 0;
}

/** Uniform in [0, 1), a pure function of three numbers: for decisions that must not depend on order. */
export function unitOf(salt: number, x: number, y: number): number {
  return scramble(scramble(salt, x), y) / 4_294_967_296;
}

function scramble(x: number, y: number): number {
  let h = Math.imul((x | 0) ^ 0x2545f491, 0x85ebca6b) ^ Math.imul((y | 0) + 0x165667b1, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return (h ^ (h >>> 16)) >>> 0;
}
