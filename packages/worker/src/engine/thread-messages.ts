/** What the engine's main thread says to its loader and inference threads. ArrayBuffers are transferred, never copied. */
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { EngineConfig, ImageRequest, ImageResult } from './protocol.ts';

/** Decoded images on their way to one inference call: row i of `pixels` (H×W×3 bytes) is `images[i]`. */
export interface ImageBatch {
  /** Room for a full batch, whatever `images.length` is. */
  readonly pixels: ArrayBuffer;
  readonly images: readonly LoadedImage[];
}

export interface LoadedImage {
  readonly id: number;
  readonly version: string | null;
  readonly features?: boolean;
}

export interface LoaderSettings {
  readonly config: EngineConfig;
  /** Batch buffers this loader may own; it waits when all of them are full. */
  readonly buffers: number;
}

export type LoaderRequest =
  | { readonly type: 'load'; readonly images: readonly ImageRequest[] }
  /** A buffer of this loader comes back empty. */
  | { readonly type: 'recycle'; readonly pixels: ArrayBuffer }
  /** Batches have this many images from now on. */
  | { readonly type: 'resize'; readonly batch: number }
  /** Inference is idle: send what is decoded, full or not. */
  | { readonly type: 'flush' };

export type LoaderReply =
  | { readonly type: 'batch'; readonly batch: ImageBatch; readonly stages: Partial<StageTotals> }
  /** The image will not be in any batch. */
  | { readonly type: 'failed'; readonly result: ImageResult; readonly stages: Partial<StageTotals> }
  /** Native code does not come back from an image that was given up. */
  | { readonly type: 'hung'; readonly message: string };

export type InferenceRequest = { readonly type: 'infer'; readonly batch: ImageBatch };

export type InferenceReply =
  | { readonly type: 'ready'; readonly warmupMs: number }
  /** The session cannot be opened, or cannot go on (`out_of_memory`). */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly type: 'labelled';
      readonly results: readonly ImageResult[];
      readonly pixels: ArrayBuffer;
      /** How long the session ran. */
      readonly seconds: number;
    };
