/** The first bytes of the allowed formats, as their specifications give them. */

/** In Latin-1; a dot is any byte. */
const signatures: readonly string[] = [
  '\xff\xd8\xff', // JPEG: ITU-T T.81, SOI and the next marker
  '\x89PNG\r\n\x1a\n', // PNG: W3C, 5.2
  'GIF8.a', // GIF: GIF89a, 17
  'RIFF....WEBP', // WebP: RFC 9649, 2.4
  'II*\0', // TIFF 6.0, section 2
  'MM\0*',
  'II+\0', // BigTIFF has 43 in the place of 42
  'MM\0+',
];

/** Do they begin as a JPEG, PNG, GIF, WebP or TIFF does? */
export function beginsLikeAnImage(bytes: Uint8Array): boolean {
  return signatures.some((signature) =>
    Buffer.from(signature, 'latin1').every((byte, place) => byte === 0x2e || byte === bytes[place]),
  );
}
