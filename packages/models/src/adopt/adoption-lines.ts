/** The outcome of an adoption as lines for a terminal. */
import type { AdoptedModel } from './adopt-model.ts';

export function adoptionLines({ bundle, adoption, check }: AdoptedModel): string[] {
  const { resize, crop } = adoption.preprocessing;
  const { mean, std } = adoption.wrapping.normalisation;
  return [
    `${bundle.name} is ready in ${bundle.folder}`,
    ...adoption.notes.map((note) => `  ${note}`),
    `  images resized to ${resize}, cut to ${crop}×${crop}; mean ${list(mean)}, std ${list(std)} of 0…1`,
    `  ${check.images} images through the old graph and the new one: scores differ by ${check.worst.toExponential(1)} at most`,
  ];
}

function list(numbers: readonly number[]): string {
  return numbers.map((number) => Number(number.toPrecision(4))).join(', ');
}
