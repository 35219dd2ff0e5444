import { PlumblineError } from '#core/domain/errors.ts';

const UTF8_BOM = [0xef, 0xbb, 0xbf];
const strictUtf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Number of bytes of a UTF-8 byte order mark at the start of a file (3 or 0).
 * Throws EncodingNotSupported when the start shows UTF-16, UTF-32 or a compressed file.
 */
export function checkEncoding(start: Uint8Array, fileName: string): 0 | 3 {
  if (UTF8_BOM.every((byte, index) => start[index] === byte)) return 3;
  const found = foreignEncoding(start);
  if (found === undefined) return 0;
  throw new PlumblineError('EncodingNotSupported', {
    what: `The file is ${found.name}, not UTF-8 text`,
    where: fileName,
    why: 'Plumbline reads text as UTF-8 only and guesses no other encoding',
    next: found.next(fileName),
  });
}

/** True when the bytes are well-formed UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  try {
    strictUtf8.decode(bytes);
    return true;
  } catch {
    return false;
  }
}

interface Foreign {
  readonly name: string;
  readonly next: (fileName: string) => string;
}

function foreignEncoding(start: Uint8Array): Foreign | undefined {
  const [a, b, c, d] = start;
  const convert = (from: string): Foreign => ({
    name: from,
    next: (file) => `iconv -f ${from} -t UTF-8 ${file} > utf8-${file}`,
  });
  if (a === 0xff && b === 0xfe) return convert(c === 0 && d === 0 ? 'UTF-32' : 'UTF-16');
  if (a === 0xfe && b === 0xff) return convert('UTF-16');
  if (a === 0 && b === 0 && c === 0xfe && d === 0xff) return convert('UTF-32');
  if (a === 0x1f && b === 0x8b) return { name: 'gzip-compressed', next: (file) => `gunzip ${file}` };
  if (a === 0x50 && b === 0x4b && c === 3 && d === 4)
    return { name: 'a zip archive', next: (file) => `unzip ${file}` };
  return utf16WithoutMark(start, convert);
}

/** UTF-16 without a mark: in Latin text every second byte is zero. */
function utf16WithoutMark(start: Uint8Array, convert: (from: string) => Foreign): Foreign | undefined {
  const length = Math.min(start.length, 1024) & ~1;
  if (length < 4) return undefined;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let index = 0; index < length; index += 2) {
    if (start[index] === 0) evenZeros += 1;
    if (start[index + 1] === 0) oddZeros += 1;
  }
  // Zeros in both places are no text at all, such as what a crash leaves in a file; that is for the records to say.
  if (oddZeros > length / 4 && evenZeros < length / 16) return convert('UTF-16LE');
  if (evenZeros > length / 4 && oddZeros < length / 16) return convert('UTF-16BE');
  return undefined;
}
