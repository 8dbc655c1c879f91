/** Parsers of what runs are fed and made of: manifests, URIs, a chunk's job, a segment. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { absoluteUri } from '@labelmill/producer/source/absolute-uri';
import { listedUri } from '@labelmill/producer/source/listed-uri';
import { type ManifestFormat, manifestLines } from '@labelmill/producer/source/manifest-lines';
import { decodeSegment } from '@labelmill/shared/run/segment';
import { chunkJobSchema, chunkUris, longestUri, packChunk } from '@labelmill/shared/schema/chunk-job';
import { allowedUrl, confinedHttps } from '@labelmill/shared/store/https-policy';
import { s3ObjectOf } from '@labelmill/shared/store/s3-location';
import { shown } from '@labelmill/shared/store/shown-uri';
import { storeConfigSchema } from '@labelmill/shared/store/store-config';
import { openStores } from '@labelmill/shared/store/stores';
import { schemeOf } from '@labelmill/shared/store/uri';
import { type ParserTarget, PropertyError } from './parser-target.ts';

/** @param folder for files that URIs may and may not read */
export function runTargets(folder: string): readonly ParserTarget[] {
  return [...(['txt', 'csv', 'jsonl'] as const).map(manifest), uri(folder), job, segment];
}

const uris = [
  's3://bucket/photos/a b.jpg',
  'photos/é 😀.jpg',
  '../100%#1?.jpg',
  '/data/a.jpg',
  'file:///data/a%20b.jpg',
  'https://me:5ecre7@images.example.org/a.jpg?size=2&X-Amz-Signature=5ecre7',
];
const manifests: Readonly<Record<ManifestFormat, readonly string[]>> = {
  txt: [`# photos\n\n${uris.join('\n')}\n`, uris.join('\r\n'), `\ufeff${uris.join('\r')}`],
  csv: [
    `id,uri\n${uris.map((name, place) => `${place},"${name}"`).join('\n')}\n`,
    `\ufeffURL;x\r\n${uris.join('\r\n')}`,
    `path,label\n"a ""quoted"".jpg",1\n"two\nlines.jpg",2\n`,
  ],
  jsonl: [
    uris.map((name) => `${JSON.stringify({ uri: name, width: 3 })}\n`).join(''),
    uris.map((name) => JSON.stringify(name)).join('\n'),
    '{"image":"a.jpg","more":{"path":["b"]}}\n{"id":1}\n',
  ],
};

function manifest(format: ManifestFormat): ParserTarget {
  return {
    name: `manifest ${format}`,
    seeds: manifests[format].map((text) => Buffer.from(text)),
    textShare: 0.6,
    async run(bytes) {
      let images = 0;
      for await (const line of manifestLines(pieces(bytes), format, 'file:///list')) {
        for (const base of ['file:///x/list.txt', 's3://bucket/lists/list.txt']) {
          requireListable(listedUri(absoluteUri(line, base)));
        }
        images++;
      }
      return images === 0 ? 'none' : 'ok';
    },
  };
}

/** As a file comes, cut where lines are not. */
async function* pieces(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes.subarray(0, 100);
  for (let at = 100; at < bytes.length; at += 2 ** 15) yield bytes.subarray(at, at + 2 ** 15);
}

function requireListable(uri: string): void {
  if (uri.length > longestUri + 1) throw new PropertyError(`a URI of ${uri.length} characters is listed`);
  const said = shown(uri);
  // What a terminal obeys: C0, DEL and C1.
  const obeyed = [...said].some((c) => c < ' ' || (c >= '\x7f' && c < '\xa0'));
  if (said.length > 301 || obeyed) throw new PropertyError(`shown as ${JSON.stringify(said)}`);
}

function uri(folder: string): ParserTarget {
  const [root, outside] = [join(folder, 'root'), join(folder, 'outside')];
  for (const [place, text] of [
    [root, 'mine'],
    [outside, 'secret'],
  ] as const) {
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'a.jpg'), text);
  }
  const host = 'images.example.org';
  const stores = openStores(storeConfigSchema.parse({ fileRoots: [root], httpsHosts: [host] }));
  const fileUri = pathToFileURL(join(root, 'a.jpg')).href;
  const seeds = [...uris, fileUri, fileUri.replace('/root/', '/root/../outside/'), `https://${host}/a.jpg`];
  return {
    name: 'uri',
    seeds: seeds.map((seed) => Buffer.from(seed)),
    textShare: 0.7,
    async run(bytes) {
      const text = listedUri(Buffer.from(bytes).toString('utf8'));
      requireListable(text);
      const store = stores.for(text);
      if (schemeOf(text) === 's3') {
        const { bucket, key } = s3ObjectOf(text);
        if (!/^[\w.-]+$/.test(bucket) || key === '') throw new PropertyError(`bucket ${bucket}, key ${key}`);
        return 's3';
      }
      if (schemeOf(text) === 'https') {
        const url = allowedUrl(text, confinedHttps([host]));
        if (url.host !== host) throw new PropertyError(`host ${url.host}`);
        return 'https';
      }
      const { body } = await store.read(text, { maxBytes: 1000, timeoutMs: 10_000 });
      if (Buffer.from(body).toString() !== 'mine') throw new PropertyError(`${text} was read`);
      return 'file';
    },
  };
}

const job: ParserTarget = {
  name: 'job',
  seeds: [
    packChunk('20260101-000000000-abcde', 0, 0, 0, uris),
    packChunk(
      '20260101-000000000-abcde',
      2,
      7,
      448,
      Array.from({ length: 64 }, (_, n) => `s3://b/${n}.jpg`),
    ),
  ].map((chunk) => Buffer.from(JSON.stringify(chunk))),
  textShare: 0.9,
  async run(bytes) {
    let data: unknown;
    try {
      data = JSON.parse(Buffer.from(bytes).toString('utf8'));
    } catch {
      // Redis hands over what BullMQ wrote: what is no JSON never comes so far.
      return 'no JSON';
    }
    const parsed = chunkJobSchema.safeParse(data);
    if (!parsed.success) return 'refused';
    const { run, seq, first, generation } = parsed.data;
    if (!/^[0-9a-z-]+$/.test(run) || [seq, first, generation].some((n) => !Number.isSafeInteger(n) || n < 0))
      throw new PropertyError(`run ${run}, ${seq}, ${first}, ${generation}`);
    const all = chunkUris(parsed.data);
    if (all.some(({ length }) => length > longestUri + 1)) throw new PropertyError('a URI is too long');
    return 'ok';
  },
};

const segment: ParserTarget = {
  name: 'segment',
  seeds: [
    uris.map((name, index) => `${JSON.stringify({ index, uri: name, version: '7-9', bytes: 7 })}\n`).join(''),
    '{"index":0,"uri":"s3://b/a.jpg"}\n',
  ].map((text) => Buffer.from(text)),
  textShare: 0.7,
  async run(bytes) {
    // Compressed here: damage to the stream itself ends at its checksum.
    const images = await decodeSegment(gzipSync(bytes, { level: 1 }), 'a segment');
    return images.length === 0 ? 'none' : 'ok';
  },
};
