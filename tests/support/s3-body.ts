import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** Decodes `aws-chunked`: chunks of `<hex size>[;extension]`, data; after the empty chunk come trailers. */
export function decodeAwsChunked(raw: Buffer): { body: Buffer; trailers: Record<string, string> } {
  const chunks: Buffer[] = [];
  let at = 0;
  const line = () => {
    const end = raw.indexOf('\r\n', at);
    if (end < 0) throw new Error('aws-chunked body ends within a line');
    const text = raw.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const size = Number.parseInt(line().split(';')[0] ?? '', 16);
    if (!(size >= 0) || at + size > raw.length) throw new Error('aws-chunked body has no size or ends early');
    if (size === 0) break;
    chunks.push(raw.subarray(at, at + size));
    at += size + 2;
  }
  const trailers: Record<string, string> = {};
  while (at < raw.length) {
    const [name, ...value] = line().split(':');
    if (name) trailers[name.toLowerCase()] = value.join(':').trim();
  }
  return { body: Buffer.concat(chunks), trailers };
}

/** The name of the first checksum that does not fit the body. */
export function mismatchOf(body: Buffer, checksums: Readonly<Record<string, string>>): string | undefined {
  const crc = Buffer.alloc(4);
  crc.writeUInt32BE(crc32(body));
  const right: Readonly<Record<string, string>> = {
    'x-amz-checksum-sha256': createHash('sha256').update(body).digest('base64'),
    'x-amz-checksum-crc32': crc.toString('base64'),
  };
  return Object.keys(checksums).find((name) => checksums[name] !== right[name]);
}
