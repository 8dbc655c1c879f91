/** KEDA's own definitions, closed to unknown fields, where they lie beside the repository. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { repository } from '../parts/labelmill.ts';
import type { Manifest } from './kustomize.ts';

const folder = join(repository, '../shared/data');
const files: Readonly<Record<string, string>> = {
  ScaledObject: 'keda.sh_scaledobjects.yaml',
  TriggerAuthentication: 'keda.sh_triggerauthentications.yaml',
};

export const kedaSchemasAreHere = Object.values(files).every((file) => existsSync(join(folder, file)));

/** One line for each field that is wrong or unknown. */
export async function wrongForKeda(manifest: Manifest): Promise<string[]> {
  const file = files[manifest.kind];
  if (file === undefined) return [`${manifest.kind}: no definition of KEDA's`];
  const validate = await schema(file);
  if (validate(manifest as unknown)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${manifest.kind}${instancePath}: ${message} ${JSON.stringify(params)}`,
  );
}

const compiled = new Map<string, Promise<ValidateFunction>>();

function schema(file: string): Promise<ValidateFunction> {
  const known = compiled.get(file) ?? compile(file);
  compiled.set(file, known);
  return known;
}

async function compile(file: string): Promise<ValidateFunction> {
  const { spec } = parse(await readFile(join(folder, file), 'utf8'));
  const { openAPIV3Schema } = spec.versions[0].schema;
  // The API server knows these of every object.
  openAPIV3Schema.properties.metadata = { type: 'object' };
  return new Ajv({ strict: false, allErrors: true, validateFormats: false }).compile(
    closed(openAPIV3Schema) as object,
  );
}

/** `additionalProperties: false` wherever properties are listed, unless the definition preserves unknown ones. */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== 'object' || schema === null) return schema;
  const entries = Object.entries(schema).map(([key, value]) => [key, closed(value)]);
  const result: Record<string, unknown> = Object.fromEntries(entries);
  const open = result['x-kubernetes-preserve-unknown-fields'] === true;
  if (result.type === 'object' && result.properties !== undefined && !open) {
    result.additionalProperties ??= false;
  }
  return result;
}
