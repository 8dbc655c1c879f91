/** Fields that Kubernetes does not know, or knows with another type: walked along the client's own models. */
import * as client from '@kubernetes/client-node';
import type { Manifest } from './kustomize.ts';

interface Model {
  getAttributeTypeMap(): readonly { readonly baseName: string; readonly type: string }[];
}

const models = client as unknown as Readonly<Record<string, Model | undefined>>;

/** One line for each wrong field; kinds that are not Kubernetes' own are KEDA's to check (keda-schemas.ts). */
export function unknownFields(manifest: Manifest): string[] {
  const model = `V1${manifest.kind}`;
  if (models[model] === undefined) return [`${manifest.kind}: a kind that the client does not know`];
  return wrong(manifest, model, manifest.kind);
}

function wrong(value: unknown, type: string, path: string): string[] {
  const item = /^Array<(.*)>$/.exec(type)?.[1];
  if (item !== undefined) {
    if (!Array.isArray(value)) return [`${path}: not a list`];
    return value.flatMap((each, at) => wrong(each, item, `${path}[${at}]`));
  }
  const entry = /^\{ \[key: string\]: (.*); \}$/.exec(type)?.[1];
  if (entry !== undefined) {
    if (!isRecord(value)) return [`${path}: not a map`];
    return Object.entries(value).flatMap(([key, each]) => wrong(each, entry, `${path}.${key}`));
  }
  const model = models[type];
  if (model === undefined) return isOfType(value, type) ? [] : [`${path}: ${typeof value}, not ${type}`];
  if (!isRecord(value)) return [`${path}: not a ${type}`];
  const fields = new Map(model.getAttributeTypeMap().map((each) => [each.baseName, each.type]));
  return Object.entries(value).flatMap(([name, each]) => {
    const fieldType = fields.get(name);
    return fieldType === undefined ? [`${path}.${name}: unknown`] : wrong(each, fieldType, `${path}.${name}`);
  });
}

/** Quantities are strings to the client, and may be numbers to Kubernetes: no field here is one. */
function isOfType(value: unknown, type: string): boolean {
  if (type === 'IntOrString') return typeof value === 'string' || Number.isInteger(value);
  if (type === 'any' || type === 'object') return true;
  if (type === 'Date') return typeof value === 'string' && !Number.isNaN(Date.parse(value));
  return typeof value === type;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
