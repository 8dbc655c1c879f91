/** What a supervisor needs of an engine. */
import type { ImageResult, Wanted } from '../engine/protocol.ts';

export interface ImageLabeller extends AsyncDisposable {
  /** How long loading and the first full batch took. */
  readonly warmupMs: number;
  readonly status: EngineStatus;
  /** One result for each URI, in order. */
  label(uris: readonly string[], wanted: Wanted, signal: AbortSignal): Promise<ImageResult[]>;
  /** Does work that labels one image after the other with nothing else inside. */
  alone<T>(wanted: Wanted, work: (label: LabelAlone) => Promise<T>, signal: AbortSignal): Promise<T>;
}

/** Labels one image; nothing else is inside the engine meanwhile. */
export type LabelAlone = (uri: string) => Promise<ImageResult>;

/** How an engine is at the moment. */
export interface EngineStatus {
  /** `failed`: it cannot be started, and is tried again. */
  readonly state: 'running' | 'starting' | 'failed';
  /** Images in an inference call. */
  readonly batch: number;
}
