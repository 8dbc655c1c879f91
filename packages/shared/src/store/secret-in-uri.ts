/**
 * Secrets that a URI can carry: a user's name and password, and the signatures and tokens of signed URLs. A URI of an
 * image is written into the manifest, onto the queue and into its record, so they are left out of all of these.
 */

/** `scheme://user:password@`, at the first `://`. */
const userInfo = /^([^/?#]*:\/\/)[^/?#]*@/;
/** Query parameters of Amazon, Google, Azure, CloudFront, and those in general use. */
const parameter =
  /([?&;](?:x-(?:amz|goog|oss)-(?:signature|credential|security-token)|signature|sig|awsaccesskeyid|googleaccessid|key-pair-id|policy|token|access_token|api_?key|password|secret)=)[^&;#]*/gi;

/** What stands behind these schemes is a name, whatever it looks like. */
const isName = /^(?:tar\+)?(?:s3|file):/i;

/** The URI with `…` in the place of every secret. */
export function withoutSecrets(uri: string): string {
  if (isName.test(uri)) return uri;
  return uri.replace(userInfo, '$1…@').replaceAll(parameter, '$1…');
}

/** Is there a place for one, filled or not? */
export function hasPlaceForSecret(uri: string): boolean {
  return !isName.test(uri) && (userInfo.test(uri) || uri.search(parameter) >= 0);
}
