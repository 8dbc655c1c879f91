/** What can be said of a foreign graph before looking at what it computes. */
import { UsageError } from '@labelmill/shared/errors';
import { TensorProto_DataLocation as DataLocation, type NodeProto } from 'onnx-buf';
import type { OnnxModel } from './read-onnx.ts';

/** In the tests, a graph of each is adopted. Below 7, operators broadcast by other rules. */
export const testedOpsets: readonly number[] = [
  7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25,
];

/** ONNX itself, and the operators that ONNX Runtime brings along. */
const knownDomains = new Set(['', 'ai.onnx', 'com.microsoft']);

/**
 * The opset of ONNX's own operators.
 *
 * @throws UsageError `unsupported_opset`, `custom_operators`, `control_flow`, `external_constant`, naming the node.
 */
export function requireAdoptable({ opsetImport, functions, graph }: OnnxModel): number {
  const opset = Number(opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx')?.version ?? 0);
  if (!testedOpsets.includes(opset)) {
    const tested = `${testedOpsets[0]} to ${testedOpsets.at(-1)}`;
    throw new UsageError('unsupported_opset', `its opset is ${opset || 'not named'}; adopted are ${tested}`);
  }
  const [custom] = functions;
  if (custom !== undefined) {
    throw new UsageError(
      'custom_operators',
      `it defines an operator of its own, ${custom.domain}.${custom.name}`,
    );
  }
  for (const node of graph.node) requireKnown(node);
  return opset;
}

function requireKnown(node: NodeProto): void {
  if (!knownDomains.has(node.domain)) {
    const operator = `${node.domain}.${node.opType}`;
    throw new UsageError('custom_operators', `node ${titleOf(node)} is a custom operator, ${operator}`);
  }
  for (const { g, graphs, t } of node.attribute) {
    if (g !== undefined || graphs.length > 0) {
      throw new UsageError(
        'control_flow',
        `node ${titleOf(node)} (${node.opType}) is control flow, which is not adopted`,
      );
    }
    if (t?.dataLocation === DataLocation.EXTERNAL) {
      throw new UsageError('external_constant', `node ${titleOf(node)} is a constant in another file`);
    }
  }
}

/** Names are optional, outputs are not. */
function titleOf({ name, output }: NodeProto): string {
  return JSON.stringify(name || (output[0] ?? ''));
}
