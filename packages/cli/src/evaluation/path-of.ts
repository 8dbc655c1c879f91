/** The names a URI's path is made of, without escapes: of an `s3://` URI the key as it is, the bucket first. */
export function pathOf(uri: string): string[] {
  const path = uri.replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  const names = path.split('/').filter((name) => name !== '');
  return /^s3:/i.test(uri) ? names : names.map(unescaped);
}

function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
