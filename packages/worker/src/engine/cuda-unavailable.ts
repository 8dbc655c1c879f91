import { UsageError } from '@labelmill/shared/errors';

/**
 * What a user reads when CUDA was asked for and cannot be had. ONNX Runtime says only that something failed; which
 * library is missing stands in what it wrote to stderr.
 */
export function cudaUnavailable(message: string, stderr: string): UsageError {
  const reason = /with error: (?:\S*\/)?([^\n]+)/.exec(stderr)?.[1]?.trim();
  return new UsageError(
    'cuda_unavailable',
    `CUDA cannot be used here: ${message}${reason === undefined ? '' : ` (${reason})`}; it needs an NVIDIA GPU, its driver, CUDA 13 with cuDNN 9 and ONNX Runtime's CUDA provider, or --provider cpu`,
  );
}
