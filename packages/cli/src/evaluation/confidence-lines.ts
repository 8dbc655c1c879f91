/** The histogram of confidences as bars, each bin with what was said and what was right. */
import type { CalibrationResult } from '@labelmill/models/accuracy/calibration';
import { table } from '../terminal/format.ts';

const barWidth = 30;

export function confidenceLines({ error, bins }: CalibrationResult): string[] {
  const most = Math.max(...bins.map(({ images }) => images));
  const share = (value: number | null) => (value === null ? '' : value.toFixed(3));
  const rows = bins.map(({ from, to, images, confidence, accuracy }) => [
    `${from.toFixed(2)} to ${to.toFixed(2)}`,
    String(images).padStart(6),
    share(confidence),
    share(accuracy),
    '█'.repeat(Math.ceil((barWidth * images) / most)),
  ]);
  return [
    `expected calibration error ${error.toFixed(4)} (${bins.length} equal bins)`,
    '',
    ...table([['confidence', 'images', 'mean', 'right', ''], ...rows]),
  ];
}
