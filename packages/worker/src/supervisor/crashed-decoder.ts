import type { ImageResult } from '../engine/protocol.ts';

/** Of an image that no engine outlived: it is quarantined. */
export function crashedDecoder(id: number, message: string): ImageResult {
  return { id, status: 'error', version: null, code: 'crashed_decoder', message, retryable: false };
}
