import type { AppParts } from '../app.ts';
import { HttpProblem } from '../problem.ts';

/** @throws HttpProblem `no_redis` */
export function required(control: AppParts['control']): NonNullable<AppParts['control']> {
  if (control === null)
    throw new HttpProblem(409, 'no_redis', 'start serve with --redis or REDIS_URL: without, it only shows');
  return control;
}
