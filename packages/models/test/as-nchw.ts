/**
 * The CPU has no kernels for the NHWC domain. This writes each of its operators as ONNX's own between two transposes,
 * which is what the domain means, so that an NHWC graph can be run here.
 */
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
} from 'onnx-buf';

const nhwcDomain = 'com.ms.internal.nhwc';

export function asNchw(bytes: Uint8Array): Uint8Array {
  const model = fromBinary(ModelProtoSchema, bytes);
  const graph = model.graph!;
  graph.node = graph.node.flatMap((node) => {
    if (node.domain !== nhwcDomain) return [node];
    const [pixels, ...others] = node.input as [string, ...string[]];
    const [output] = node.output as [string];
    return [
      transpose(pixels, `${output}.in`, [0, 3, 1, 2]),
      { ...node, domain: '', input: [`${output}.in`, ...others], output: [`${output}.out`] },
      transpose(`${output}.out`, output, [0, 2, 3, 1]),
    ];
  });
  model.opsetImport = model.opsetImport.filter(({ domain }) => domain !== nhwcDomain);
  return toBinary(ModelProtoSchema, model);
}

function transpose(from: string, to: string, perm: readonly number[]): NodeProto {
  return create(NodeProtoSchema, {
    opType: 'Transpose',
    name: `${to}.transpose`,
    input: [from],
    output: [to],
    attribute: [{ name: 'perm', type: AttributeType.INTS, ints: perm.map(BigInt) }],
  });
}
