import { joinUri, toUri } from '@labelmill/shared/store/uri';

/** The folder a user means by a run's id (below `out`), path or URI; ends in a slash. */
export function runFolderOf(name: string, out: string, cwd: string): string {
  const isId = !name.includes('/') && /^\d{8}-\d{9}-[0-9a-z]{5}$/.test(name);
  const uri = isId ? joinUri(toUri(out, cwd), name) : toUri(name, cwd);
  return `${uri.replace(/\/$/, '')}/`;
}
