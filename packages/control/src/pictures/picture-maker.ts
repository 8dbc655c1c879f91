/**
 * Who decodes images for the page: another process, with the limits of the engine. This process never looks into an
 * image.
 */
export interface PictureRequest {
  readonly uri: string;
  /** The longer side at most, in pixels; an image is never enlarged. */
  readonly side: number;
  /** Folders below which a `file://` URI may lead. */
  readonly fileRoots: readonly string[];
  /** Show what can be decoded of it, where not all can. */
  readonly damaged: boolean;
}

export type Picture =
  /** `version` of what was fetched, as in a record. */
  | { readonly status: 'ok'; readonly jpeg: Uint8Array; readonly version: string | null }
  /** As of an error record; `busy` where too many wait. */
  | { readonly status: 'error'; readonly code: string; readonly message: string };

export interface PictureMaker {
  /** The signal takes a request back that nobody has begun with. Rejects with its reason. */
  make(request: PictureRequest, signal: AbortSignal): Promise<Picture>;
}
