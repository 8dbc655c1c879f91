import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeRecordLines, encodeRecordLines } from '../run/record-lines.ts';
import type { LabelRecord } from '../schema/record.ts';
import { ChunkRecords } from './chunk-records.ts';

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.stringMatching(/^[a-z0-9:/. "\\]{0,20}$/),
);
// What may stand in a record: JSON has neither NaN nor infinities, and -0 comes back as 0.
const score = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
  fc.double({ min: 0, max: 1, noNaN: true }).map((number) => Number(number.toPrecision(6)) + 0),
  fc.integer(),
);
const label = fc.record({ id: text, label: text, score });
const ok = fc.record(
  { uri: text, version: text, labels: fc.array(label, { maxLength: 20 }) },
  { requiredKeys: ['uri', 'labels'] },
);
const error = fc.record({ code: fc.constant('empty' as const), message: text, retryable: fc.boolean() });
const record = fc.oneof(
  ok.map(({ uri, version, labels }) => ({
    uri,
    ...(version === undefined ? {} : { version }),
    status: 'ok' as const,
    labels,
  })),
  fc.record({ uri: text, status: fc.constant('error' as const), error }),
);
const records = fc
  .array(record, { maxLength: 4 })
  .chain((all) =>
    fc
      .nat({ max: 2 ** 40 })
      .map((first): LabelRecord[] => all.map((each, place) => ({ index: first + place, ...each }))),
  );

const chunkOf = (body: Uint8Array, first: number, due: number) =>
  new ChunkRecords({ seq: 0, uri: 'part', body, first, due });

/** What a line says, from the places that were found in it. */
function lineRecord({ line, bytes }: ChunkRecords): LabelRecord {
  const textAt = (start: number, end: number) => Buffer.from(bytes.subarray(start, end)).toString('utf8');
  const { index, uriStart, uriEnd, versionStart, versionEnd, labels, places, scores } = line;
  const places4 = (place: number) => Array.from(places.subarray(4 * place, 4 * place + 4));
  return {
    index,
    uri: textAt(uriStart, uriEnd),
    ...(versionStart < 0 ? {} : { version: textAt(versionStart, versionEnd) }),
    status: 'ok',
    labels: Array.from({ length: labels }, (_, place) => {
      const [id = 0, idEnd = 0, label = 0, labelEnd = 0] = places4(place);
      return { id: textAt(id, idEnd), label: textAt(label, labelEnd), score: scores[place] ?? Number.NaN };
    }),
  };
}

function readAll(chunk: ChunkRecords): { readonly all: LabelRecord[]; readonly lines: number } {
  const all: LabelRecord[] = [];
  let lines = 0;
  while (chunk.next()) {
    if (chunk.record === null) lines++;
    all.push(chunk.record ?? lineRecord(chunk));
    expect(chunk.whole()).toEqual(all.at(-1));
  }
  return { all, lines };
}

it('the records of a part are those that were written into it, whatever their texts and scores are', () => {
  const property = fc.property(records, (written) => {
    const { all } = readAll(chunkOf(encodeRecordLines(written), written[0]?.index ?? 0, written.length));
    expect(all).toEqual(written);
  });
  fc.assert(property, { numRuns: 1000 });
});

it('a record that is ok is read where it lies, unless a text of it is escaped', () => {
  const labels = [{ id: 'n1', label: 'é, 猫 and {"}'.replace('"', ''), score: 1.5e-7 }];
  const plain: LabelRecord = { index: 7, uri: 's3://b/k', version: 'v', status: 'ok', labels };
  const escaped: LabelRecord = { index: 8, uri: 'file:///a"b', status: 'ok', labels: [] };
  const { all, lines } = readAll(chunkOf(encodeRecordLines([plain, escaped]), 7, 2));
  expect(all).toEqual([plain, escaped]);
  expect(lines).toBe(1);
});

it('a part with any byte changed, added or left out is read or refused as by JSON.parse and the schema', () => {
  const changes = fc.array(
    fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      remove: fc.nat({ max: 1 }),
      // Mostly what means something in JSON, and in numbers above all.
      insert: fc.option(
        fc.oneof(fc.constantFrom(...Buffer.from('0159.eE+-"\\{}[],: \n\ttrue')), fc.nat(255)),
        {
          nil: undefined,
        },
      ),
    }),
    { minLength: 1, maxLength: 2 },
  );
  const property = fc.property(records, changes, (written, edits) => {
    let body: Uint8Array = encodeRecordLines(written);
    for (const { at, remove, insert } of edits) {
      const place = Math.floor(at * body.length);
      const middle = insert === undefined ? [] : [insert];
      body = Uint8Array.from([...body.subarray(0, place), ...middle, ...body.subarray(place + remove)]);
    }
    let wanted: LabelRecord[] | null = null;
    try {
      wanted = decodeRecordLines(body, 'part');
    } catch {}
    const first = wanted?.[0]?.index ?? 0;
    const inOrder = wanted?.every(({ index }, place) => index === first + place) === true;
    const chunk = () => readAll(chunkOf(body, first, wanted?.length ?? 0)).all;
    if (wanted !== null && inOrder) expect(chunk()).toEqual(wanted);
    else expect(chunk).toThrow(expect.objectContaining({ code: 'broken_part' }));
  });
  fc.assert(property, { numRuns: 3000 });
});

it.each(['01', '-', '.5', '1.', '1e', '1e+', '+1', '00.5', '1e999', '0x1', 'NaN', ''])(
  'a score written as %j, which is no number of JSON, is refused',
  (written) => {
    const line = `{"index":0,"uri":"u","status":"ok","labels":[{"id":"i","label":"l","score":${written}}]}\n`;
    expect(() => readAll(chunkOf(Buffer.from(line), 0, 1))).toThrow('part, line 1, is not a record');
  },
);

it.each([
  ['one too few', [3, 4], 3],
  ['one too many', [3, 4, 5, 6], 3],
  ['one twice', [3, 4, 4], 3],
  ['those of another chunk', [0, 1, 2], 3],
])('a part with %s is refused', (_, indexes, due) => {
  const body = encodeRecordLines(indexes.map((index) => ({ index, uri: 'u', status: 'ok', labels: [] })));
  expect(() => readAll(chunkOf(body, 3, due))).toThrow(
    'part does not hold one record for each of 3 images: "labelmill verify" names what differs',
  );
});
