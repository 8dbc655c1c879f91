/** Damage to JSON, CSV and URIs that keeps most of the grammar, so that parsers get to what it means. */
import { type ByteMutator, joined, placeIn } from './mutate-bytes.ts';
import type { Random } from './random.ts';

const numbers = [
  ...['-1', '-0', '0', '1', '0.5', '1e999', '-1e999', '1e21', '9007199254740993', '18446744073709551616'],
  ...['2147483648', '4294967295', '"1"', 'null', 'true', '[]', '{}', 'NaN', '01'],
];
const tokens = [
  ...[
    '"__proto__":{"polluted":true},',
    '"constructor":{"prototype":{"polluted":true}},',
    '"toString":1,',
    '""',
  ],
  ...[
    'null',
    '{',
    '}',
    '[',
    ']',
    ',',
    ':',
    '"',
    '\\',
    '\\u0000',
    '\\ud800',
    '\\ud83d\\ude00',
    '\ufeff',
    '\u2028',
  ],
  ...[
    '../',
    '/..',
    '%2e%2e%2f',
    '%2f',
    '%00',
    '%',
    '//',
    '/./',
    '~',
    '\0',
    '\r',
    '\n',
    '\r\n',
    '\t',
    '\u001b[2J',
  ],
  ...[
    'file://',
    'FILE:///',
    's3://',
    'https://',
    'http://',
    'data:,',
    'javascript:',
    '://',
    '@',
    ':0@',
    '#',
    '?',
  ],
  ...[
    '?X-Amz-Signature=5ecre7',
    '169.254.169.254',
    '[::1]',
    '0x7f.1',
    '/proc/self/environ',
    '=1+1',
    'é',
    '😀',
  ],
];

export const textMutators: Readonly<Record<string, ByteMutator>> = {
  number(bytes, random) {
    return replaced(bytes, /-?\d+(?:\.\d+)?/g, random, () => Buffer.from(random.pick(numbers)));
  },
  /** Of one string or member another, or none. */
  text(bytes, random) {
    return replaced(bytes, /"[^"]{0,200}"/g, random, (there) =>
      Buffer.from(random.pick([`"${random.pick(tokens).replaceAll('"', '')}"`, random.pick(numbers), there])),
    );
  },
  token(bytes, random) {
    const at = placeIn(bytes, random);
    return joined(bytes.subarray(0, at), Buffer.from(random.pick(tokens)), bytes.subarray(at));
  },
  long(bytes, random) {
    const at = placeIn(bytes, random);
    const filling = Buffer.alloc(
      random.pick([300, 20_000, 1_100_000]),
      random.pick(['a', 'é', '%', '"', ' ', '\n']),
    );
    return joined(bytes.subarray(0, at), filling, bytes.subarray(at));
  },
  nest(bytes, random) {
    const depth = random.pick([10, 200, 100_000]);
    const [open, close] = random.pick([
      ['[', ']'],
      ['{"a":', '}'],
    ] as const);
    const nest = Buffer.from(`${open.repeat(depth)}0${close.repeat(depth)}`);
    return replaced(bytes, /-?\d+|"[^"]{0,200}"/g, random, () => nest);
  },
};

function replaced(
  bytes: Uint8Array,
  pattern: RegExp,
  random: Random,
  other: (there: string) => Uint8Array,
): Uint8Array {
  const found = [...Buffer.from(bytes).toString('latin1').matchAll(pattern)];
  if (found.length === 0) return bytes;
  const { index, 0: there } = random.pick(found);
  return joined(bytes.subarray(0, index), other(there), bytes.subarray(index + there.length));
}
