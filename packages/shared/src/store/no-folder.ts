import { codeOf } from '../errors.ts';

/**
 * Did a listing fail because the folder is not there? On a disk it comes with its first file; S3 has none, and lists
 * nothing. A listing that is refused is another matter: what it would have named may well be there.
 */
export function isNoFolder(error: unknown): boolean {
  return codeOf(error) === 'source_unreadable' && codeOf((error as Error).cause) === 'ENOENT';
}
