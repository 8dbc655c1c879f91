/**
 * What supervisor and engine say to each other over the child process's IPC channel. Pixels never cross it: URIs go
 * in, scores come back, and features where they are asked for.
 */

import type { Preprocessing } from '@labelmill/models/bundle-schema';
import type { ImageErrorCode } from '@labelmill/shared/errors';
import type { DecodeMode } from '@labelmill/shared/schema/run';
import type { StageTotals } from '@labelmill/shared/stages/stage-totals';
import type { StoreConfig } from '@labelmill/shared/store/store-config';
import type { ViewPlan } from '../evaluate/view-plan.ts';

/** Where the network runs. */
export const providers = ['cpu', 'cuda'] as const;
export type Provider = (typeof providers)[number];

/** The first message the engine gets. */
export interface EngineConfig {
  readonly bundle: {
    readonly folder: string;
    /** Graph file inside `folder`, and the size that every batch of it is padded to, or null for none. */
    readonly graph: string;
    readonly graphBatch: number | null;
    readonly preprocessing: Preprocessing;
  };
  readonly provider: Provider;
  /** Several views of each image, in the evaluation's own process (evaluate/main.ts); absent: the one central crop. */
  readonly views?: ViewPlan;
  /** Labels to report per image, at most the graph's k. */
  readonly topK: number;
  /** Images per inference call; the fixed size where the graph has one. */
  readonly batch: number;
  /** Sizes to try while labelling, `batch` for the start; empty where it is settled, as with a fixed size. */
  readonly trySizes: readonly number[];
  /** Cores that all the threads here share. */
  readonly cores: number;
  readonly intraOpThreads: number;
  readonly inferenceThreads: number;
  readonly loaderThreads: number;
  /** Per loader thread. */
  readonly fetchConcurrency: number;
  readonly decodeConcurrency: number;
  /**
   * What images that are being fetched or decoded may take at a time, over all loader threads; one of each thread is
   * always allowed.
   */
  readonly imageMemoryBytes: number;
  readonly stores: StoreConfig;
  readonly limits: ImageLimits;
}

/** Bounds on one image; every one has a default in the worker's configuration. */
export interface ImageLimits {
  readonly maxBytes: number;
  /** Width × height as the header says. */
  readonly maxPixels: number;
  /** Longer side ÷ shorter side. */
  readonly maxAspect: number;
  readonly fetchTimeoutMs: number;
  readonly decodeTimeoutMs: number;
}

export interface ImageRequest {
  /** Chosen by the supervisor, unique in the engine's life. */
  readonly id: number;
  readonly uri: string;
  /** Default: exact. Runs on one queue may differ in it. */
  readonly decode?: DecodeMode;
  /** Features are wanted beside the labels; only a graph of kind `features` has them. */
  readonly features?: boolean;
}

/** What a run wants of each of its images. */
export type Wanted = Omit<ImageRequest, 'id' | 'uri'>;

export type EngineRequest =
  | { readonly type: 'start'; readonly config: EngineConfig }
  | { readonly type: 'label'; readonly images: readonly ImageRequest[] };

/** One image's end in the engine. `outage` is never a record: the supervisor hands the work back. */
export type ImageResult =
  | {
      readonly id: number;
      readonly status: 'ok';
      readonly version: string | null;
      /** Best first; `topK` long. */
      readonly scores: readonly number[];
      readonly indices: readonly number[];
      /** Where they were asked for: float16, which halves what crosses the channel. */
      readonly features?: Float16Array;
    }
  | {
      readonly id: number;
      readonly status: 'error';
      readonly version: string | null;
      readonly code: ImageErrorCode;
      readonly message: string;
      readonly retryable: boolean;
    }
  | { readonly id: number; readonly status: 'outage'; readonly code: string; readonly message: string };

export type EngineReply =
  /** The session is loaded and has run once: results come at full speed from now on. */
  | { readonly type: 'ready'; readonly warmupMs: number }
  /** Of the sizes to try this one is the quickest, and is kept from now on. */
  | { readonly type: 'batch'; readonly batch: number }
  /** The engine cannot start, or cannot go on (`out_of_memory`, `decoder_hung`); it ends after this. */
  | { readonly type: 'failed'; readonly code: string; readonly message: string }
  | {
      readonly type: 'results';
      readonly results: readonly ImageResult[];
      /** What was measured since the last results; everything of an image is there when its result is. */
      readonly stages: Partial<StageTotals>;
    };
