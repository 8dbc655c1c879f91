/** Where a run's images come from. */
import type { SourceSpec } from '@labelmill/shared/schema/run';

/** An image as the source names it; its index is given when it is written into the manifest. */
export interface SourceImage {
  readonly uri: string;
  readonly version?: string;
  readonly bytes?: number;
}

/** How far an earlier producer got: how many images are in the manifest, and the last of them. */
export interface Cursor {
  readonly images: number;
  readonly lastUri: string;
}

export interface Source {
  readonly spec: SourceSpec;
  /**
   * The images behind the cursor, in an order that is the same every time.
   * @throws UsageError when the source cannot be read, or is not what it was when the cursor was taken
   */
  images(after: Cursor | null, signal: AbortSignal): AsyncIterable<SourceImage>;
  /** What the patterns have left out so far. */
  readonly skipped: number;
  /** URIs that came before and were left out, where the source leaves them out. */
  readonly duplicates?: number;
}
