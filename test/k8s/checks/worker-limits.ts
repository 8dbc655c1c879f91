/** What a worker needs around it: time to drain, memory above its engine's bound, one GPU at most. */
import type { Manifest } from '../kustomize.ts';
import { settingsIn } from '../settings-in.ts';
import { environmentOf, quantity, workloadsOf } from '../workloads.ts';

/** Closing the queue may take 3 s (closed-in-time.ts), ending the engine and the process the rest. */
const afterDrainMs = 5_000;

/** Above the engine's bound: the supervisor, and what an engine may take between two looks of the watch. */
const besideEngineBytes = 512 * 2 ** 20;

export function wrongWorkerLimits(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(({ name, podLabels, podSpec }) => {
    const found: string[] = [];
    for (const container of podSpec.containers) {
      const { requests = {}, limits = {} } = container.resources ?? {};
      const where = `${name}, ${container.name}`;
      if (requests.cpu === undefined || requests.memory === undefined || limits.memory === undefined) {
        found.push(`${where}: says no cpu and memory that it needs, or no memory limit`);
        continue;
      }
      const gpus = quantity(limits['nvidia.com/gpu'] ?? 0);
      if (gpus > 1) found.push(`${where}: ${gpus} GPUs; an engine uses one`);
      if (container.args?.[0] !== 'worker') continue;
      const environment = environmentOf(container, podLabels, manifests);
      const settings = settingsIn(environment);
      if (settings === null) continue;
      const { drainMs, provider } = settings;
      const graceMs = 1000 * (podSpec.terminationGracePeriodSeconds ?? 30);
      if (graceMs < drainMs + afterDrainMs) {
        found.push(`${where}: drains for ${drainMs} ms, and is killed after ${graceMs} ms`);
      }
      if ((provider === 'cuda') !== (gpus === 1)) found.push(`${where}: ${provider} with ${gpus} GPUs`);
      const engineBytes = Number(environment.LABELMILL_ENGINE_MEMORY_BYTES);
      const limitBytes = quantity(limits.memory);
      if (!(engineBytes + besideEngineBytes <= limitBytes)) {
        found.push(`${where}: the engine may take ${engineBytes} of ${limitBytes} bytes`);
      }
    }
    return found;
  });
}
