/** What a process that makes pictures of images and its parent say to each other over the IPC channel. */
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import type { ImageLimits } from '../engine/protocol.ts';
import type { ThumbnailSize } from './thumbnail.ts';

/** The first message. */
export interface PictureConfig {
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
}

export interface PictureOrder {
  readonly id: number;
  readonly uri: string;
  /** In place of those of the configuration: runs may allow different folders. */
  readonly fileRoots: readonly string[];
  /**
   * The whole image as JPEG, its longer side at most so many pixels, of a damaged one as much as can be decoded; or its
   * central square as WebP.
   */
  readonly form:
    | { readonly longerSide: number; readonly damaged: boolean }
    | { readonly square: ThumbnailSize };
}

export type PictureResult =
  | {
      readonly status: 'ok';
      /** The picture's file. */
      readonly bytes: Uint8Array;
      /** Of exactly what was read, as in a record; null where the store names none. */
      readonly version: string | null;
    }
  | { readonly status: 'error'; readonly code: string; readonly message: string };

export interface PictureReply {
  readonly id: number;
  readonly result: PictureResult;
}
