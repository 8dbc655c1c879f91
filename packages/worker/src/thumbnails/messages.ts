/** What a thumbnail process and its parent say to each other over the IPC channel. */
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import type { ImageLimits } from '../engine/protocol.ts';
import type { ThumbnailSize } from './thumbnail.ts';

export interface ThumbnailConfig {
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
  readonly size: ThumbnailSize;
}

export interface ThumbnailRequest {
  readonly id: number;
  readonly uri: string;
}

export type ThumbnailResult =
  | {
      readonly status: 'ok';
      /** Of exactly the bytes that were read; null where the store names none. */
      readonly version: string | null;
      /** A square WebP image. */
      readonly webp: Uint8Array;
    }
  | { readonly status: 'error'; readonly code: string; readonly message: string };

export type ThumbnailCall =
  | { readonly type: 'start'; readonly config: ThumbnailConfig }
  | { readonly type: 'make'; readonly image: ThumbnailRequest };

export interface ThumbnailReply {
  readonly id: number;
  readonly result: ThumbnailResult;
}
