/** Images whose content may change under the same name. */
import type { Manifest } from '../kustomize.ts';
import { containersOf, workloadsOf } from '../workloads.ts';

export function looseImages(manifests: readonly Manifest[]): string[] {
  return workloadsOf(manifests).flatMap(({ name, podSpec }) =>
    containersOf(podSpec)
      .map(({ image }) => image as string)
      .filter((image) => !/@sha256:[0-9a-f]{64}$/.test(image) && !/:(?!latest$)[\w][\w.-]*$/.test(image))
      .map((image) => `${name}: image ${image} has no fixed tag`),
  );
}
