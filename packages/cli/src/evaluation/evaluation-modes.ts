import { viewModes } from '@labelmill/worker/evaluate/view-plan';

/** `center` is what `label` does: one crop, by the engine itself. */
export const evaluationModes = ['center', ...viewModes] as const;

export type EvaluationMode = (typeof evaluationModes)[number];
