/** Runs images through an engine process, and keeps every answer. */
import type { BundleManifest } from '@labelmill/models/bundle-schema';
import { OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import type { EngineConfig, ImageResult } from '@labelmill/worker/engine/protocol';
import { EngineClient } from '@labelmill/worker/supervisor/engine-client';
import type { EngineBounds } from '@labelmill/worker/supervisor/engine-watch';

/** What the engine made of an image: its best classes with their scores, or why there are none. */
export type Answer = Exclude<ImageResult, { status: 'outage' }>;

export interface AnswerRequest {
  readonly config: EngineConfig;
  /** The bundle's, that `config` is for. */
  readonly manifest: BundleManifest;
  readonly bounds: EngineBounds;
  readonly env: NodeJS.ProcessEnv;
  readonly log: Logger;
  /** Called for each image that ends. */
  readonly onAnswer: (answer: Answer) => void;
}

/**
 * One answer for each URI, in order. Images that end engines are found out and become errors of their own.
 *
 * @throws OutageError where images cannot be read for a reason that is not theirs; LabelmillError where the engine
 * cannot start; the signal's reason
 */
export async function engineAnswers(
  uris: readonly string[],
  { config, manifest, bounds, env, log, onAnswer }: AnswerRequest,
  signal: AbortSignal,
): Promise<Answer[]> {
  await using engine = await EngineClient.start(
    { config, manifest, bounds, env, log, onResult: () => {}, onStages: () => {} },
    signal,
  );
  const answers: Answer[] = [];
  // Shared by all lanes: each takes the next image when it has the answer to its last.
  const left = uris.entries();
  const lane = async () => {
    for (const [place, uri] of left) {
      const [answer] = await engine.label([uri], {}, signal);
      if (answer === undefined) throw new TypeError('the engine answers every image');
      if (answer.status === 'outage') throw new OutageError(answer.code, answer.message);
      answers[place] = answer;
      onAnswer(answer);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanesFor(config), uris.length) }, lane));
  return answers;
}

/** Images to have inside at a time: enough batches that one is always ready, or, of many views each, decoded images. */
function lanesFor({ views, batch, decodeConcurrency }: EngineConfig): number {
  return views === undefined ? 4 * batch : 2 * decodeConcurrency;
}
