/**
 * Recognises ICC profiles that say "this is sRGB already". Converting from them changes nothing but costs as much as
 * the decode itself, and two thirds of the profiles in photos from the web are of this kind.
 */

/** The columns of sRGB's matrix to XYZ, adapted to D50 (IEC 61966-2-1, as in the profiles in use). */
const srgbPrimaries = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const;

/** Covers the roundings of the profiles in use; Display P3 is off by 0.08, Adobe RGB by 0.17. */
const primaryTolerance = 0.002;

/** Largest error of a tone curve, of 1: half of an 8-bit level. */
const curveTolerance = 0.002;

/** True for an RGB matrix profile whose primaries and tone curves are sRGB's. False for everything unusual. */
export function isSrgbProfile(icc: Uint8Array | undefined): boolean {
  if (icc === undefined || icc.length < 132) return false;
  const profile = new DataView(icc.buffer, icc.byteOffset, icc.byteLength);
  try {
    if (textAt(profile, 16) !== 'RGB ' || textAt(profile, 20) !== 'XYZ ') return false;
    const tags = tagsOf(profile);
    // A table for the perceptual intent takes precedence over the matrix.
    if (tags.has('A2B0')) return false;
    return (
      Object.entries(srgbPrimaries).every(([tag, primary]) => isPrimary(profile, tags.get(tag), primary)) &&
      ['rTRC', 'gTRC', 'bTRC'].every((tag) => isSrgbCurve(profile, tags.get(tag)))
    );
  } catch (error) {
    // Offsets that point outside: whatever libvips makes of it.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function tagsOf(profile: DataView): Map<string, number> {
  const tags = new Map<string, number>();
  const count = profile.getUint32(128);
  for (let at = 132; at < 132 + 12 * count; at += 12)
    tags.set(textAt(profile, at), profile.getUint32(at + 4));
  return tags;
}

function isPrimary(profile: DataView, at: number | undefined, primary: readonly number[]): boolean {
  if (at === undefined || textAt(profile, at) !== 'XYZ ') return false;
  return primary.every(
    (value, i) => Math.abs(profile.getInt32(at + 8 + 4 * i) / 65_536 - value) < primaryTolerance,
  );
}

function isSrgbCurve(profile: DataView, at: number | undefined): boolean {
  if (at === undefined) return false;
  const kind = textAt(profile, at);
  if (kind === 'curv') return isSrgbTable(profile, at);
  // Function type 3 with sRGB's five parameters g, a, b, c, d.
  return (
    kind === 'para' &&
    profile.getUint16(at + 8) === 3 &&
    [2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045].every(
      (value, i) => Math.abs(profile.getInt32(at + 12 + 4 * i) / 65_536 - value) < 0.001,
    )
  );
}

function isSrgbTable(profile: DataView, at: number): boolean {
  const count = profile.getUint32(at + 8);
  // Fewer entries are a plain gamma or too coarse to be sRGB's curve.
  if (count < 256) return false;
  // A smooth curve that is right at this many places is right between them.
  const step = Math.ceil(count / 64);
  for (let i = 0; i < count; i += step) {
    const value = profile.getUint16(at + 12 + 2 * i) / 65_535;
    if (Math.abs(value - srgbToLinear(i / (count - 1))) > curveTolerance) return false;
  }
  return true;
}

function srgbToLinear(value: number): number {
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...Array.from({ length: 4 }, (_, i) => view.getUint8(at + i)));
}
