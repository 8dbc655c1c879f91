/**
 * 53 bits of a URI's text, so that they fit a float64: "cyrb53" (bryc, public domain), two multiplicative hashes of 32
 * bits. Of a million URIs two share a hash once in 18,000 times; whoever relies on it compares the URIs too.
 */
export function uriHash(uri: string): number {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (let i = 0; i < uri.length; i++) {
    const unit = uri.charCodeAt(i);
    a = Math.imul(a ^ unit, 2654435761);
    b = Math.imul(b ^ unit, 1597334677);
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909);
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909);
  return 4294967296 * (2097151 & b) + (a >>> 0);
}
