/** One fault each, and what must be said of it. */
import type { Manifest } from './kustomize.ts';

export interface PlantedFault {
  readonly what: string;
  /** Default: gpu. */
  readonly overlay?: string;
  readonly plant: (manifests: Manifest[]) => void;
  readonly found: RegExp;
  /** Only KEDA's own definitions find it. */
  readonly needsKeda?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: as in Manifest
type Fields = any;

/** Of several of a kind, the one that is meant. */
const firstNames: Readonly<Record<string, string>> = { Deployment: 'worker', PodDisruptionBudget: 'worker' };

const of = (manifests: Manifest[], kind: string, name = firstNames[kind] ?? ''): Fields => {
  const found = manifests.find((each) => each.kind === kind && each.metadata.name.startsWith(name));
  if (found === undefined) throw new Error(`no ${kind} ${name} to plant a fault in`);
  return found;
};
const pod = (manifests: Manifest[], kind = 'Deployment', name = 'worker'): Fields =>
  of(manifests, kind, name).spec.template.spec;
const worker = (manifests: Manifest[]): Fields => pod(manifests).containers[0];
const setting = (manifests: Manifest[], name: string): Fields =>
  worker(manifests).env.find((each: Fields) => each.name === name);

const fault = (
  what: string,
  found: RegExp,
  plant: (manifests: Manifest[]) => void,
  rest: Partial<PlantedFault> = {},
): PlantedFault => ({ what, found, plant: (manifests) => void plant(manifests), ...rest });

const prometheus = { overlay: 'gpu-prometheus' };

export const plantedFaults: readonly PlantedFault[] = [
  // Schemas
  fault('a mistyped field', /readOnlyRootFileSystem: unknown/, (m) => {
    worker(m).securityContext.readOnlyRootFileSystem = true;
  }),
  fault('a field in the wrong place', /Deployment\.spec\.terminationGracePeriodSeconds: unknown/, (m) => {
    of(m, 'Deployment').spec.terminationGracePeriodSeconds = 60;
  }),
  fault('a number as text', /containerPort: string, not number/, (m) => {
    worker(m).ports[0].containerPort = '8080';
  }),
  fault('a variable as a number', /env\[\d\]\.value: number, not string/, (m) => {
    setting(m, 'LABELMILL_DRAIN_MS').value = 25000;
  }),
  fault('a required field left out', /spec must have required property '?selector/, (m) => {
    delete of(m, 'Deployment').spec.selector;
  }),
  fault('a value outside of an enumeration', /imagePullPolicy must be equal to one of/, (m) => {
    worker(m).imagePullPolicy = 'Sometimes';
  }),
  fault('a required field of KEDA left out', /must have required property '?failureThreshold/, (m) => {
    delete of(m, 'ScaledObject').spec.fallback.failureThreshold;
  }),
  fault('a value that KEDA does not know', /behavior/, (m) => {
    of(m, 'ScaledObject').spec.fallback.behavior = 'hope';
  }),
  fault(
    'a field that KEDA does not know',
    /cooldownSeconds/,
    (m) => {
      of(m, 'ScaledObject').spec.cooldownSeconds = 300;
    },
    { needsKeda: true },
  ),
  fault(
    'a field that the Prometheus operator does not know',
    /'"intervall"' does not exist in type 'IPodMetricsEndpoint'/,
    (m) => {
      of(m, 'PodMonitor').spec.podMetricsEndpoints[0].intervall = '15s';
    },
    prometheus,
  ),
  fault(
    'an alert with a field that is not known',
    /'"forr"' does not exist in type 'IRule'/,
    (m) => {
      of(m, 'PrometheusRule').spec.groups[0].rules[0].forr = '2m';
    },
    prometheus,
  ),
  fault(
    'an alert without an expression',
    /PrometheusRule .*must have required property '?expr/,
    (m) => {
      delete of(m, 'PrometheusRule').spec.groups[0].rules[0].expr;
    },
    prometheus,
  ),
  fault(
    'a time that is none to the Prometheus operator',
    /interval must match pattern/,
    (m) => {
      of(m, 'PodMonitor').spec.podMetricsEndpoints[0].interval = 'often';
    },
    prometheus,
  ),
  // Names
  fault('a name that is no DNS label', /ConfigMap Label_Mill: no legal name/, (m) => {
    of(m, 'ConfigMap').metadata.name = 'Label_Mill';
  }),
  fault('a port whose name is too long', /port health-and-metrics has no legal name/, (m) => {
    worker(m).ports[0].name = 'health-and-metrics';
  }),
  fault('an object that is there twice', /PodDisruptionBudget .*: is there twice/, (m) =>
    m.push(structuredClone(of(m, 'PodDisruptionBudget'))),
  ),
  fault('an illegal label', /no legal label/, (m) => {
    of(m, 'Deployment').spec.template.metadata.labels['labelmill.io/model'] = 'vgg 16';
  }),
  fault('an object outside of the namespace', /is in no namespace/, (m) => {
    delete of(m, 'ServiceAccount').metadata.namespace;
  }),
  // References
  fault('a Secret that is not there', /no Secret redis-cache/, (m) => {
    setting(m, 'REDIS_URL').valueFrom.secretKeyRef.name = 'redis-cache';
  }),
  fault('a key that its Secret lacks', /no uri in Secret redis/, (m) => {
    setting(m, 'REDIS_URL').valueFrom.secretKeyRef.key = 'uri';
  }),
  fault('a ConfigMap that is not there', /no ConfigMap labelmill-old/, (m) => {
    worker(m).envFrom[0].configMapRef.name = 'labelmill-old';
  }),
  fault('an account that is not there', /no ServiceAccount labeller/, (m) => {
    pod(m).serviceAccountName = 'labeller';
  }),
  fault('a volume that is not there', /no volume scratch/, (m) => {
    worker(m).volumeMounts[0].name = 'scratch';
  }),
  fault('a probe of a port that is not there', /livenessProbe asks port http/, (m) => {
    worker(m).livenessProbe.httpGet.port = 'http';
  }),
  fault('a variable in the arguments that is not set', /\$\(MODEL\) is not set/, (m) => {
    worker(m).args[2] = '$(MODEL)';
  }),
  fault('a label that its pods lack', /no label labelmill\.io\/queue/, (m) => {
    setting(m, 'BUNDLE').valueFrom.fieldRef.fieldPath = "metadata.labels['labelmill.io/queue']";
  }),
  fault('a scaler of no Deployment', /no Deployment worker$/m, (m) => {
    of(m, 'ScaledObject').spec.scaleTargetRef.name = 'worker';
  }),
  fault('a scaler without credentials', /no TriggerAuthentication redis-auth/, (m) => {
    of(m, 'ScaledObject').spec.triggers[1].authenticationRef.name = 'redis-auth';
  }),
  fault('credentials from a Secret that is not there', /no Secret redis-keda-1/, (m) => {
    of(m, 'TriggerAuthentication').spec.secretTargetRef[0].name = 'redis-keda-1';
  }),
  fault(
    'a Service of a port that is not there',
    /Service redis: no pod of it has port 6380/,
    (m) => {
      of(m, 'Service', 'redis').spec.ports[0].targetPort = 6380;
    },
    { overlay: 'dev-cpu' },
  ),
  // Selectors
  fault('a selector that its own pods do not fit', /its selector does not choose its own pods/, (m) => {
    of(m, 'Deployment').spec.selector.matchLabels['app.kubernetes.io/component'] = 'labeller';
  }),
  fault(
    'a Service that chooses nothing',
    /Service redis: chooses no pods/,
    (m) => {
      of(m, 'Service', 'redis').spec.selector = { app: 'redis' };
    },
    { overlay: 'dev-cpu' },
  ),
  fault('a disruption budget that chooses nothing', /chooses the pods of 0 workloads/, (m) => {
    of(m, 'PodDisruptionBudget').spec.selector.matchLabels['labelmill.io/bundle'] = 'vgg19-fp16';
  }),
  fault('a disruption budget that blocks drains', /keep nodes from being drained/, (m) => {
    of(m, 'PodDisruptionBudget').spec.maxUnavailable = 0;
  }),
  fault('a network policy of nobody', /NetworkPolicy labelmill.*: chooses no pods/, (m) => {
    of(m, 'NetworkPolicy', 'labelmill').spec.podSelector.matchLabels = { app: 'labelmill' };
  }),
  fault('pods spread by the labels of others', /what is spread over .* are not its pods/, (m) => {
    pod(m).topologySpreadConstraints[0].labelSelector.matchLabels = { app: 'worker' };
  }),
  // Network and monitoring
  fault(
    'a producer that may not reach Redis',
    /Deployment producer: no network policy lets it reach Redis, port 6380/,
    (m) => {
      of(m, 'NetworkPolicy', 'labelmill-to-redis').spec.podSelector.matchLabels[
        'app.kubernetes.io/component'
      ] = 'worker';
    },
  ),
  fault(
    'a producer that may not reach S3',
    /Deployment producer: no network policy lets it reach S3, port 443/,
    (m) => {
      of(m, 'NetworkPolicy', 'labelmill').spec.podSelector.matchLabels['app.kubernetes.io/component'] =
        'worker';
    },
  ),
  fault(
    'a producer that is not told where Redis is',
    /Deployment producer: is not told where Redis is/,
    (m) => {
      const container = pod(m, 'Deployment', 'producer').containers[0];
      container.env = container.env.filter(({ name }: Fields) => name !== 'REDIS_URL');
    },
  ),
  fault(
    'a producer that Prometheus does not find',
    /PodMonitor labelmill: does not scrape Deployment producer/,
    (m) => {
      pod(m, 'Deployment', 'producer').containers[0].ports[0].name = 'http';
    },
    prometheus,
  ),
  fault(
    'a worker without a port for metrics',
    /Deployment worker-vgg16-fp16: answers no scrapes/,
    (m) => {
      worker(m).args = worker(m).args.slice(0, 3);
    },
    prometheus,
  ),
  fault(
    'a producer that listens elsewhere than its port says',
    /PodMonitor labelmill: does not scrape Deployment producer/,
    (m) => {
      pod(m, 'Deployment', 'producer').containers[0].args[2] = '8081';
    },
    prometheus,
  ),
  fault(
    'a Prometheus that is not let in',
    /PodMonitor labelmill: no network policy lets it reach Deployment producer, port health/,
    (m) => {
      of(m, 'NetworkPolicy', 'metrics').spec.ingress[0].ports[0].port = 'http';
    },
    prometheus,
  ),
  // The producer
  fault(
    'a probe of the producer on a port that is not there',
    /Deployment producer, labelmill: livenessProbe asks port http/,
    (m) => {
      pod(m, 'Deployment', 'producer').containers[0].livenessProbe.httpGet.port = 'http';
    },
  ),
  fault('an option that the producer does not have', /producer has no option --metrics-port/, (m) => {
    pod(m, 'Deployment', 'producer').containers[0].args[1] = '--metrics-port';
  }),
  fault(
    'a producer without a bundle of the workers',
    /Deployment producer: nothing puts vgg16-fp16, which workers serve/,
    (m) => {
      of(m, 'ConfigMap', 'labelmill').data.MODELS = 'vgg19';
    },
  ),
  fault('a disruption budget of two workloads', /chooses the pods of 3 workloads/, (m) => {
    of(m, 'PodDisruptionBudget', 'producer').spec.selector.matchLabels = {
      'app.kubernetes.io/name': 'labelmill',
    };
  }),
  // Workers
  fault('a grace period shorter than the drain', /drains for 25000 ms, and is killed after 25000 ms/, (m) => {
    pod(m).terminationGracePeriodSeconds = 25;
  }),
  fault(
    'a drain longer than the grace of a spot node',
    /drains for 25000 ms, and is killed after 15000/,
    (m) => {
      pod(m).terminationGracePeriodSeconds = 15;
    },
  ),
  fault('a memory limit at the bound of the engine', /the engine may take 8589934592 of 8589934592/, (m) => {
    worker(m).resources.limits.memory = '8Gi';
  }),
  fault('two GPUs for one engine', /2 GPUs; an engine uses one/, (m) => {
    worker(m).resources.limits['nvidia.com/gpu'] = '2';
  }),
  fault('a GPU for a worker on the CPU', /cpu with 1 GPUs/, (m) => {
    setting(m, 'LABELMILL_PROVIDER').value = 'cpu';
  }),
  fault('no memory limit', /or no memory limit/, (m) => {
    delete worker(m).resources.limits.memory;
  }),
  fault('the latest image', /labelmill-worker-cuda:latest has no fixed tag/, (m) => {
    worker(m).image = 'labelmill-worker-cuda:latest';
  }),
  fault('an image without a tag', /host:5000\/labelmill-worker-cuda has no fixed tag/, (m) => {
    worker(m).image = 'host:5000/labelmill-worker-cuda';
  }),
  // Security
  fault('a privileged pod', /privileged/, (m) => {
    worker(m).securityContext.privileged = true;
  }),
  fault('a pod that runs as root', /may run as root/, (m) => {
    pod(m).securityContext.runAsUser = 0;
  }),
  fault('a root that can be written to', /may write to its root/, (m) => {
    delete pod(m).initContainers[0].securityContext.readOnlyRootFilesystem;
  }),
  fault('kept capabilities', /keeps capabilities/, (m) => {
    worker(m).securityContext.capabilities.drop = ['NET_RAW'];
  }),
  fault('no seccomp profile', /no seccomp profile/, (m) => {
    delete pod(m).securityContext.seccompProfile;
  }),
  fault('a folder of the host', /volume hostPath/, (m) => {
    pod(m).volumes[0] = { name: pod(m).volumes[0].name, hostPath: { path: '/' } };
  }),
  fault('a mounted token', /mounts a token/, (m) => {
    delete pod(m).automountServiceAccountToken;
  }),
  fault('a namespace that enforces nothing', /does not enforce it/, (m) => {
    of(m, 'Namespace').metadata.labels = {};
  }),
  // Autoscaling
  fault(
    'a key that BullMQ does not have',
    /counts bull:vgg16-fp16:wait, not labelmill:vgg16-fp16:wait/,
    (m) => {
      of(m, 'ScaledObject').spec.triggers[0].metadata.listName = 'bull:vgg16-fp16:wait';
    },
  ),
  fault('the queue of another bundle', /counts labelmill:vgg19-fp16:active/, (m) => {
    of(m, 'ScaledObject').spec.triggers[1].metadata.listName = 'labelmill:vgg19-fp16:active';
  }),
  fault('a formula that forgets what is delayed', /its formula leaves out delayed/, (m) => {
    of(m, 'ScaledObject').spec.advanced.scalingModifiers.formula = 'wait + active';
  }),
  fault('a formula over a trigger that is not there', /names paused, which no trigger does/, (m) => {
    of(m, 'ScaledObject').spec.advanced.scalingModifiers.formula = 'wait + active + delayed + paused';
  }),
  fault(
    'a producer whose bound is below what the maximum needs',
    /1000 chunks .* too few for 80 workers/,
    (m) => {
      of(m, 'ScaledObject').spec.maxReplicaCount = 80;
    },
  ),
  fault('workers for an empty queue', /keeps workers for an empty queue/, (m) => {
    of(m, 'ScaledObject').spec.advanced.scalingModifiers.formula = 'finish + wait + active + delayed';
  }),
  fault('fewer workers than a run needs to end in time', /makes 2 workers of the 2\.5/, (m) => {
    const { scalingModifiers } = of(m, 'ScaledObject').spec.advanced;
    scalingModifiers.formula =
      'finish > 0 ? min(finish / 2, wait + active + delayed) : (wait + active + delayed) / 20';
  }),
  fault('a question to a Service that is not there', /asks http:\/\/api\.labelmill\.svc/, (m) => {
    of(m, 'ScaledObject').spec.triggers[3].metadata.url = 'http://api.labelmill.svc/api/scaling/vgg16-fp16';
  }),
  fault('a question for the queue of another bundle', /asks \/api\/scaling\/BUNDLE, not for vgg16/, (m) => {
    of(m, 'ScaledObject').spec.triggers[3].metadata.url = 'http://control.labelmill.svc/api/scaling/BUNDLE';
  }),
  fault('a Deployment that says its replicas beside a scaler', /says its replicas too/, (m) => {
    of(m, 'Deployment').spec.replicas = 1;
  }),
  fault('a second scaler of the same Deployment', /another one scales/, (m) => {
    const second = structuredClone(of(m, 'ScaledObject'));
    second.metadata.name = 'second';
    m.push(second);
  }),
  fault('a scaler without a fallback', /no fallback/, (m) => {
    delete of(m, 'ScaledObject').spec.fallback;
  }),
  // Models
  fault('a model that is not fetched', /nothing puts vgg16-fp16 into its models/, (m) => {
    delete pod(m).initContainers;
  }),
  fault('another model than the bundle is made of', /nothing puts vgg16-fp16 into its models/, (m) => {
    of(m, 'Deployment').spec.template.metadata.labels['labelmill.io/model'] = 'vgg19';
  }),
  // Commands
  fault('an option that labelmill does not have', /worker has no option --models/, (m) => {
    worker(m).args[1] = '--models';
  }),
  fault('a command that labelmill does not have', /no command label-all/, (m) => {
    worker(m).args[0] = 'label-all';
  }),
  fault('a command in a script that labelmill does not have', /no command fetch/, (m) => {
    pod(m).initContainers[0].args = ['labelmill model fetch "$MODEL"'];
  }),
  fault('a setting that labelmill does not have', /no setting LABELMILL_DRAIN_SECONDS/, (m) => {
    worker(m).env.push({ name: 'LABELMILL_DRAIN_SECONDS', value: '25' });
  }),
  fault('a setting with a value that makes no sense', /LABELMILL_OUTSTANDING_CHUNKS/, (m) => {
    of(m, 'ConfigMap', 'labelmill').data.LABELMILL_OUTSTANDING_CHUNKS = 'many';
  }),
];
