import { ImageError, OutageError } from '@labelmill/shared/errors';
import type { ImageResult } from './protocol.ts';

/** What an image becomes whose fetching or decoding threw. What else is thrown is a bug, and thrown on: it ends the process, loudly. */
export function imageFailure(id: number, version: string | null, error: unknown): ImageResult {
  if (error instanceof ImageError) {
    const { code, message, retryable } = error;
    return { id, status: 'error', version, code, message, retryable };
  }
  if (error instanceof OutageError) return { id, status: 'outage', code: error.code, message: error.message };
  throw error;
}
