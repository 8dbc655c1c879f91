import { fileURLToPath } from 'node:url';
import { runProgram } from './child.ts';

export interface TorchRate {
  readonly imagesPerSecond: number;
  /** Batch size and memory format, of all that were tried. */
  readonly setting: string;
}

/** PyTorch's VGG-16 in a bare loop, at its best setting; each runs for so many seconds. */
export async function bareTorchLoop(
  python: string,
  device: 'cpu' | 'cuda',
  precision: 'fp32' | 'fp16' | 'bf16',
  seconds: number,
): Promise<TorchRate> {
  const script = fileURLToPath(new URL('./torch_loop.py', import.meta.url));
  const printed = await runProgram(python, [script, device, precision, String(seconds)]);
  return JSON.parse(printed) as TorchRate;
}
