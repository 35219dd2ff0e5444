import { createHmac, timingSafeEqual } from 'node:crypto';

/** Bytes that a key must have at least: as many as the hash that it is used with. */
export const KEY_BYTES = 32;

/**
 * A secret of the host. It computes with itself and never shows itself: printed, logged or turned into JSON it is
 * empty. Throws RangeError when it is shorter than 32 bytes.
 */
export class SecretKey {
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    if (bytes.length < KEY_BYTES) throw new RangeError(`A key has at least ${KEY_BYTES} bytes`);
    this.#bytes = Uint8Array.from(bytes);
  }

  /** HMAC-SHA256 of a text (UTF-8) or of bytes: 32 bytes. */
  mac(data: string | Uint8Array): Uint8Array {
    return createHmac('sha256', this.#bytes).update(data).digest();
  }

  /** A key for one purpose, from which neither this key nor that of another purpose can be had. */
  derive(purpose: string): SecretKey {
    return new SecretKey(this.mac(`derive\n${purpose}`));
  }

  /** True when these hex digits are the HMAC of the text; takes as long for a wrong one as for the right one. */
  isMacOf(hex: string, text: string): boolean {
    const given = Buffer.from(hex, 'hex');
    const right = this.mac(text);
    return given.length === right.length && timingSafeEqual(given, right);
  }
}
