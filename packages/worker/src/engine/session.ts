/** An ONNX Runtime session over a bundle's graph: pixels in, scores, class indices and features out. */

import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { EngineConfig } from './protocol.ts';
import { sessionOptions } from './session-options.ts';

export interface Scores {
  /** Labels per image in `score` and `index`. */
  readonly k: number;
  /** Row after row, best first. */
  readonly score: Float32Array;
  readonly index: BigInt64Array;
  /** Row after row of `width` values, in memory of their own; null where they were not asked for. */
  readonly features: { readonly width: number; readonly values: Float16Array<ArrayBuffer> } | null;
}

/** Of images, in pixels. */
export interface Sides {
  readonly height: number;
  readonly width: number;
}

export interface Session {
  /**
   * Runs the first `count` images of `pixels` (H×W×3 bytes each). Blocks this thread until done. A graph of fixed
   * batch size runs all rows of the buffer; the scores of rows from `count` on mean nothing.
   *
   * @param sides of the images, where the graph leaves them free; the crop otherwise
   */
  run(pixels: ArrayBuffer, count: number, features: boolean, sides?: Sides): Promise<Scores>;
}

/** Loads the graph; the weights lie in the same folder. Throws what ONNX Runtime throws. */
export async function openSession(config: EngineConfig): Promise<Session> {
  const { folder, graph, graphBatch, preprocessing } = config.bundle;
  const { crop } = preprocessing;
  const session = await InferenceSession.create(
    join(folder, graph),
    sessionOptions(config.provider, config.intraOpThreads),
  );
  return {
    async run(pixels, count, wanted, { height, width } = { height: crop, width: crop }) {
      const rows = graphBatch ?? count;
      const bytes = new Uint8Array(pixels, 0, rows * height * width * 3);
      const image = new Tensor('uint8', bytes, [rows, height, width, 3]);
      // An output that is not asked for costs nothing: it is not copied out.
      const outputs = wanted ? ['score', 'index', 'features'] : ['score', 'index'];
      const { score, index, features } = await session.run({ image }, outputs);
      return {
        k: score!.dims[1]!,
        score: score!.data as Float32Array,
        index: index!.data as BigInt64Array,
        features:
          features === undefined
            ? null
            : {
                width: features.dims[1]!,
                values: new Float16Array(features.data as Float32Array | Float16Array),
              },
      };
    },
  };
}
