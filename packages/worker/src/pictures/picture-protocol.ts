/** What the server's process and the one that decodes pictures say to each other. */
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import type { ImageLimits } from '../engine/protocol.ts';

/** The first message. */
export interface PictureConfig {
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
}

export interface PictureOrder {
  readonly id: number;
  readonly uri: string;
  readonly side: number;
  readonly fileRoots: readonly string[];
}

export type PictureReply = { readonly id: number } & (
  | { readonly status: 'ok'; readonly jpeg: Uint8Array; readonly version: string | null }
  | { readonly status: 'error'; readonly code: string; readonly message: string }
);
