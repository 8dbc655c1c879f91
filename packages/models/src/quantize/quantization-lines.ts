/** What quantising came to, as lines for a terminal. */
import type { Quantization } from './quantization-schema.ts';

export function quantizationLines(report: Quantization): string[] {
  const { agreement, imagesPerSecond, weightBytes, calibrationImages, choosingImages } = report;
  const { fp32, int8 } = imagesPerSecond;
  const cut = report.clipping === 'min-max' ? 'not cut' : `cut at ${report.clipping}`;
  const lines = [
    `calibrated on ${calibrationImages} images, activations ${cut} (chosen on ${choosingImages} more)`,
    `on ${agreement.images} other images, against ${report.from.name}:`,
    `  same best class        ${percent(agreement.top1)}`,
    `  its best in our best 5 ${percent(agreement.top5)}`,
    `  largest |Δp| an image  ${agreement.meanDelta.toFixed(4)} on average, ${agreement.worstDelta.toFixed(4)} at worst`,
    `  images/s               ${int8.toFixed(1)} instead of ${fp32.toFixed(1)}: ${(int8 / fp32).toFixed(2)} times as fast`,
    `weights: ${megabytes(weightBytes.int8)} instead of ${megabytes(weightBytes.fp32)}`,
  ];
  if (report.weightBits === 7) lines.push('weights of 7 bits, because this CPU has no VNNI');
  if (report.floatLayers.length > 0) lines.push(`still float32: ${report.floatLayers.join(', ')}`);
  return lines;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
