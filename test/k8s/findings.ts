/** Everything that is wrong with a set of manifests, one line each. */
import { wrongAutoscaling } from './checks/autoscaling.ts';
import { wrongCommands } from './checks/commands.ts';
import { looseImages } from './checks/images.ts';
import { missingModels, missingOfWorkers } from './checks/models.ts';
import { unscraped } from './checks/monitoring.ts';
import { wrongNames } from './checks/names.ts';
import { closedNetworks } from './checks/network.ts';
import { insecurePods } from './checks/pod-security.ts';
import { lostReferences } from './checks/references.ts';
import { wrongSelectors } from './checks/selectors.ts';
import { wrongWorkerLimits } from './checks/worker-limits.ts';
import { kedaSchemasAreHere, wrongForKeda } from './keda-schemas.ts';
import type { Manifest } from './kustomize.ts';
import { missingFields } from './missing-fields.ts';
import { wrongByTypes } from './typed-fields.ts';
import { unknownFields } from './unknown-fields.ts';

export async function findings(manifests: readonly Manifest[]): Promise<string[]> {
  const schemas = await Promise.all(
    manifests.map(async (manifest) => [...(await missingFields(manifest)), ...(await unknownIn(manifest))]),
  );
  const checks = [
    wrongNames,
    lostReferences,
    wrongSelectors,
    wrongWorkerLimits,
    looseImages,
    insecurePods,
    wrongAutoscaling,
    wrongCommands,
    missingModels,
    missingOfWorkers,
    closedNetworks,
    unscraped,
  ];
  return [...schemas.flat(), ...checks.flatMap((check) => check(manifests))];
}

async function unknownIn(manifest: Manifest): Promise<string[]> {
  if (manifest.apiVersion.startsWith('monitoring.coreos.com/')) return wrongByTypes(manifest);
  if (!manifest.apiVersion.startsWith('keda.sh/')) return unknownFields(manifest);
  return kedaSchemasAreHere ? wrongForKeda(manifest) : [];
}
