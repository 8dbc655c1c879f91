/** What Node's file system errors mean to a caller of a store. */
import { codeOf, ImageError, LabelmillError, messageOf, OutageError, UsageError } from '../errors.ts';
import { shown } from './shown-uri.ts';

/** An error while reading one file: the image's own, or `OutageError` `store_io`. */
export function readError(error: unknown, uri: string): LabelmillError {
  if (error instanceof LabelmillError) return error;
  const cause = { cause: error };
  switch (codeOf(error)) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new ImageError('not_found', `${shown(uri)}: no such file`, cause);
    case 'EACCES':
    case 'EPERM':
      return new ImageError('forbidden', `${shown(uri)}: permission denied`, { ...cause, retryable: true });
    case 'ELOOP':
      return new ImageError('uri_refused', `${shown(uri)}: symbolic links in a circle`, cause);
    case 'ENAMETOOLONG':
      return new ImageError('uri_refused', `${shown(uri)}: the name is too long`, cause);
    case 'ENXIO':
      return new ImageError('uri_refused', `${shown(uri)}: not a regular file`, cause);
    default:
      return new OutageError('store_io', `cannot read ${shown(uri)}: ${messageOf(error)}`, cause);
  }
}

/** An error while listing a folder: `UsageError` `source_unreadable`, or `OutageError` `store_io`. */
export function listError(error: unknown, uri: string): LabelmillError {
  if (error instanceof LabelmillError) return error;
  const why = listFaults[codeOf(error) ?? ''];
  if (why) return new UsageError('source_unreadable', `cannot list ${shown(uri)}: ${why}`, { cause: error });
  return new OutageError('store_io', `cannot list ${shown(uri)}: ${messageOf(error)}`, { cause: error });
}

const listFaults: Record<string, string> = {
  ENOENT: 'no such folder',
  ENOTDIR: 'not a folder',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  ELOOP: 'symbolic links in a circle',
  ENAMETOOLONG: 'the name is too long',
};

/** An error while writing a file: `UsageError` `output_unwritable`, or `OutageError` `disk_full` or `store_io`. */
export function writeError(error: unknown, uri: string): LabelmillError {
  if (error instanceof LabelmillError) return error;
  const code = codeOf(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const what = code === 'ENOSPC' ? 'the disk is full' : 'the disk quota is used up';
    return new OutageError('disk_full', `cannot write ${shown(uri)}: ${what}; free some space`, {
      cause: error,
    });
  }
  const why = writeFaults[code];
  if (why) return new UsageError('output_unwritable', `cannot write ${shown(uri)}: ${why}`, { cause: error });
  return new OutageError('store_io', `cannot write ${shown(uri)}: ${messageOf(error)}`, { cause: error });
}

const writeFaults: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is not a folder',
  EEXIST: 'a part of the path is not a folder',
  EISDIR: 'a folder of that name is there',
  ENOENT: 'no folder can be made there',
  ENAMETOOLONG: 'the name is too long',
};
