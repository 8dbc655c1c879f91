import { longestUri } from '@labelmill/shared/schema/chunk-job';
import { withoutSecrets } from '@labelmill/shared/store/secret-in-uri';

/**
 * A URI from a manifest or a program as the run keeps it: without passwords and signatures, because manifest, jobs and
 * records are read by others; and not longer than a job may hold. One that was changed is still one image: no store
 * reads it, and so it ends as one record, `uri_refused`.
 */
export function listedUri(uri: string): string {
  const kept = withoutSecrets(uri);
  if (kept.length <= longestUri) return kept;
  // Well-formed also where the cut goes through a pair of surrogates; one more than may be read.
  return `${kept.slice(0, longestUri - 1).toWellFormed()}……`;
}
