import type { StoredObject } from './s3-server.ts';

interface ListQuery {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly maxKeys: number;
  readonly encode: boolean;
}

/** The parameters of ListObjectsV2. A continuation token is the last key of the page before, in base64. */
export function parseListQuery(parameters: URLSearchParams, maxKeys = 1000): ListQuery {
  const token = parameters.get('continuation-token');
  return {
    prefix: parameters.get('prefix') ?? '',
    delimiter: parameters.get('delimiter') ?? '',
    after: token === null ? (parameters.get('start-after') ?? '') : Buffer.from(token, 'base64').toString(),
    maxKeys: Math.min(Number(parameters.get('max-keys') ?? maxKeys), maxKeys),
    encode: parameters.get('encoding-type') === 'url',
  };
}

/** The answer to ListObjectsV2: keys in the order of their UTF-8 bytes. */
export function listXml(
  bucket: string,
  objects: ReadonlyMap<string, StoredObject>,
  { prefix, delimiter, after, maxKeys, encode }: ListQuery,
): string {
  const keys = [...objects.keys()]
    .filter((key) => key.startsWith(prefix) && Buffer.compare(Buffer.from(key), Buffer.from(after)) > 0)
    .sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const folders = new Set<string>();
  const page: string[] = [];
  let last = '';
  let truncated = false;
  for (const key of keys) {
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const folder = cut < 0 ? undefined : key.slice(0, cut + delimiter.length);
    if (page.length + folders.size >= maxKeys && (folder === undefined || !folders.has(folder))) {
      truncated = true;
      break;
    }
    last = key;
    if (folder === undefined) page.push(key);
    else folders.add(folder);
  }
  const text = (value: string) =>
    encode ? encodeURIComponent(value).replaceAll('%2F', '/') : escapeXml(value);
  const contents = page.map((key) => {
    const { etag, size, modified } = objects.get(key) as StoredObject;
    return `<Contents><Key>${text(key)}</Key><LastModified>${modified.toISOString()}</LastModified><ETag>${escapeXml(etag)}</ETag><Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
  });
  const prefixes = [...folders].map(
    (name) => `<CommonPrefixes><Prefix>${text(name)}</Prefix></CommonPrefixes>`,
  );
  const next = truncated
    ? `<NextContinuationToken>${Buffer.from(last).toString('base64')}</NextContinuationToken>`
    : '';
  return `<?xml version="1.0" encoding="UTF-8"?>
<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>${escapeXml(bucket)}</Name><Prefix>${text(prefix)}</Prefix><KeyCount>${page.length + folders.size}</KeyCount><MaxKeys>${maxKeys}</MaxKeys>${encode ? '<EncodingType>url</EncodingType>' : ''}<IsTruncated>${truncated}</IsTruncated>${contents.join('')}${prefixes.join('')}${next}</ListBucketResult>`;
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
