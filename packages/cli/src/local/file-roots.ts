import { fileURLToPath } from 'node:url';
import type { SourceSpec } from '@labelmill/shared/schema/run';

/** Files a local engine may read: its own folder, or, for the user's own manifest, what the user may read. */
export function fileRootsFor(spec: SourceSpec, configured: readonly string[]): string[] {
  if (configured.length > 0) return [...configured];
  if (!spec.uri.startsWith('file:')) return [];
  if (spec.kind === 'manifest') return ['/'];
  // Of a single shard its folder.
  return [fileURLToPath(new URL('.', spec.uri))];
}
