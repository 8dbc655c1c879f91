/** Builds an ONNX model node by node. Knows the format, not the network. */
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  TensorProto_DataLocation as DataLocation,
  TensorProto_DataType as DataType,
  ModelProtoSchema,
  type NodeProtoSchema,
  type TensorProtoSchema,
  type ValueInfoProtoSchema,
} from 'onnx-buf';

/** An operator's attribute; the tag is the ONNX type, which numbers alone would leave open. */
export type OnnxAttribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number };

/** One of ONNX's own by its name, or another domain's. */
export type OnnxOperator = string | { readonly type: string; readonly domain: string };

/** A dimension that is left open is named. */
export type OnnxDimension = number | string;

const elementTypes = {
  uint8: DataType.UINT8,
  int64: DataType.INT64,
  float16: DataType.FLOAT16,
  float32: DataType.FLOAT,
} as const;
export type OnnxElementType = keyof typeof elementTypes;

/** The number that operators such as Cast use for an element type. */
export function onnxTypeNumber(type: OnnxElementType): number {
  return elementTypes[type];
}

/** Numbers in another file beside the graph, such as a tensor of a safetensors file. */
export interface ExternalRange {
  readonly file: string;
  readonly offset: number;
  readonly bytes: number;
}

/**
 * Collects nodes, initializers, inputs and outputs. Values are handled by their names; every method that makes one
 * returns its name.
 */
export class OnnxGraph {
  readonly #nodes: MessageInitShape<typeof NodeProtoSchema>[] = [];
  readonly #initializers: MessageInitShape<typeof TensorProtoSchema>[] = [];
  readonly #inputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #outputs: MessageInitShape<typeof ValueInfoProtoSchema>[] = [];
  readonly #domains = new Set(['']);

  input(name: string, type: OnnxElementType, shape: readonly OnnxDimension[]): string {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  /** Declares a value, which some node makes under this name, as an output of the graph. */
  output(name: string, type: OnnxElementType, shape: readonly OnnxDimension[]): void {
    this.#outputs.push(valueInfo(name, type, shape));
  }

  /** Numbers inside the graph; for small ones. */
  constant(
    name: string,
    shape: readonly number[],
    values: Float32Array<ArrayBuffer> | BigInt64Array<ArrayBuffer>,
  ): string {
    const dataType = values instanceof Float32Array ? DataType.FLOAT : DataType.INT64;
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name, dataType, dims: shape.map(BigInt), rawData });
    return name;
  }

  /** Numbers in another file of the graph's folder, read in C order. */
  external(name: string, type: OnnxElementType, shape: readonly number[], range: ExternalRange): string {
    this.#initializers.push({
      name,
      dataType: elementTypes[type],
      dims: shape.map(BigInt),
      dataLocation: DataLocation.EXTERNAL,
      externalData: [
        { key: 'location', value: range.file },
        { key: 'offset', value: String(range.offset) },
        { key: 'length', value: String(range.bytes) },
      ],
    });
    return name;
  }

  /** One operator with one output, which gets the node's name. */
  node(
    operator: OnnxOperator,
    name: string,
    inputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
  ): string {
    this.nodes(operator, name, inputs, [name], attributes);
    return name;
  }

  /** One operator with several outputs. */
  nodes(
    operator: OnnxOperator,
    name: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Record<string, OnnxAttribute> = {},
  ): void {
    if (typeof operator !== 'string') this.#domains.add(operator.domain);
    this.#nodes.push({
      ...(typeof operator === 'string'
        ? { opType: operator }
        : { opType: operator.type, domain: operator.domain }),
      name,
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(attribute),
    });
  }

  /** The model's bytes; the same calls give the same bytes. IR version 8 is the one that came with opset 17. */
  serialise(name: string): Uint8Array {
    const model = create(ModelProtoSchema, {
      irVersion: 8n,
      producerName: 'labelmill',
      opsetImport: [...this.#domains].map((domain) => ({ domain, version: 17n })),
      graph: {
        name,
        node: this.#nodes,
        initializer: this.#initializers,
        input: this.#inputs,
        output: this.#outputs,
      },
    });
    return toBinary(ModelProtoSchema, model);
  }
}

function valueInfo(
  name: string,
  type: OnnxElementType,
  shape: readonly OnnxDimension[],
): MessageInitShape<typeof ValueInfoProtoSchema> {
  const dim = shape.map((side) => ({
    value:
      typeof side === 'number'
        ? { case: 'dimValue' as const, value: BigInt(side) }
        : { case: 'dimParam' as const, value: side },
  }));
  return {
    name,
    type: { value: { case: 'tensorType', value: { elemType: elementTypes[type], shape: { dim } } } },
  };
}

function attribute([name, value]: [string, OnnxAttribute]): MessageInitShape<typeof AttributeProtoSchema> {
  if ('int' in value) return { name, type: AttributeType.INT, i: BigInt(value.int) };
  if ('ints' in value) return { name, type: AttributeType.INTS, ints: value.ints.map(BigInt) };
  return { name, type: AttributeType.FLOAT, f: value.float };
}
