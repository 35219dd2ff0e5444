import { crc32, deflateRawSync } from 'node:zlib';

/** An entry of a zip archive as it is to be written, with lies where they are wanted. */
export interface ZipEntry {
  readonly name: string;
  readonly content: Uint8Array;
  /** General purpose flags; bit 0 says that it is encrypted. */
  readonly flags?: number;
  /** Unix mode in the upper half of the external attributes. */
  readonly mode?: number;
  readonly crc?: number;
  readonly uncompressedSize?: number;
  /** Writes no bytes of its own: its directory entry points to those of the first entry. */
  readonly overFirst?: boolean;
}

const END_BYTES = 22;

/** Writes a zip archive (PKWARE APPNOTE 6.3, without zip64) with deflated entries. */
export function zipOf(entries: readonly ZipEntry[]): Buffer {
  const parts: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const packed = deflateRawSync(entry.content);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(entry.flags ?? 0, 2);
    common.writeUInt16LE(8, 4);
    common.writeUInt32LE(entry.crc ?? crc32(entry.content), 10);
    common.writeUInt32LE(packed.length, 14);
    common.writeUInt32LE(entry.uncompressedSize ?? entry.content.length, 18);
    common.writeUInt16LE(name.length, 22);
    const local = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name, packed]);
    const central = Buffer.alloc(14);
    central.writeUInt32LE(((entry.mode ?? 0) << 16) >>> 0, 6);
    central.writeUInt32LE(entry.overFirst ? 0 : offset, 10);
    const head = Buffer.from('PK\x01\x02\x14\x03', 'latin1');
    directory.push(Buffer.concat([head, common, central, name]));
    if (entry.overFirst) continue;
    parts.push(local);
    offset += local.length;
  }
  const list = Buffer.concat(directory);
  const end = Buffer.alloc(END_BYTES);
  end.write('PK\x05\x06', 0, 'latin1');
  end.writeUInt16LE(entries.length & 0xffff, 8);
  end.writeUInt16LE(entries.length & 0xffff, 10);
  end.writeUInt32LE(list.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...parts, list, end]);
}
