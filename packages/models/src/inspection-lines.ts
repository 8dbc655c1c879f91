/** An inspection as lines for a terminal. */

import type { InspectedBundle, InspectedLayer, InspectedNetwork, Inspection } from './inspect-model.ts';
import type { PublishedWeights } from './pull/published-weights.ts';
import { quantizationLines } from './quantize/quantization-lines.ts';

/** The layer table with totals, then what is known of the bundle. */
export function inspectionLines({ model, network, bundle, published }: Inspection): string[] {
  return [
    ...(network === null ? [`${model}: a network without a layer table`] : networkLines(model, network)),
    '',
    ...(bundle === null ? [`no bundle of ${model} is here`] : bundleLines(bundle)),
    ...(bundle === null ? published.flatMap(publishedLines) : []),
  ];
}

function networkLines(model: string, { architecture, layers, ...totals }: InspectedNetwork): string[] {
  const { configuration, inputSize, classes } = architecture;
  const rows = layers.map(tableRow);
  const header = ['layer', 'kernel', 'output', 'parameters', 'MACs', 'sees'];
  const foot = ['total', '', '', number(totals.parameters), number(totals.macs), ''];
  return [
    `${model}: VGG configuration ${configuration}, input 3×${inputSize}×${inputSize}, ${classes} classes`,
    '',
    ...aligned([header, ...rows, foot]),
    '',
    `${number(totals.convParameters)} of the parameters are the convolutions'`,
  ];
}

function tableRow({ name, kernel, outputShape, parameters, macs, receptiveField }: InspectedLayer): string[] {
  const window = kernel === null ? '' : `${kernel}×${kernel}`;
  return [name, window, outputShape.join('×'), number(parameters), number(macs), `${receptiveField} px`];
}

/** The first column to the left, the others to the right. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const cell = (text: string, column: number) => {
    const width = widths[column] ?? 0;
    return column === 0 ? text.padEnd(width) : text.padStart(width);
  };
  return rows.map((row) => row.map(cell).join('  ').trimEnd());
}

function publishedLines({ name, licence, accuracy }: PublishedWeights): string[] {
  const { top1, top5 } = accuracy;
  return [
    `published ${name}: ${top1} % top-1, ${top5} % top-5 on ImageNet's validation set; licence ${licence}`,
    `          "labelmill model pull ${name}" gets it`,
  ];
}

function bundleLines(bundle: InspectedBundle): string[] {
  const { name, trained, digest, digests, folder, weights, graphs, provenance, quantization } = bundle;
  const bytes = weights.reduce((sum, file) => sum + file.bytes, 0);
  return [
    `bundle    ${name}, ${(bytes / 1e6).toFixed(1)} MB of weights`,
    ...(trained ? [] : ['          UNTRAINED: random weights, its labels mean nothing']),
    `digest    ${digest}`,
    `  weights        ${digests.weights}`,
    `  graph          ${digests.graph}`,
    `  preprocessing  ${digests.preprocessing}`,
    `  label map      ${digests.labelMap}`,
    `graphs    ${graphs.map(graphLabel).join(', ')}`,
    `folder    ${folder}`,
    `origin    ${provenance.origin}`,
    `licence   ${provenance.licence}`,
    ...(provenance.accuracy === undefined ? [] : [`accuracy  ${provenance.accuracy}`]),
    ...(provenance.notes === undefined ? [] : [`notes     ${provenance.notes}`]),
    ...(quantization === null ? [] : ['int8', ...quantizationLines(quantization).map((line) => `  ${line}`)]),
  ];
}

/** Such as `labels`, `features ×8`, `labels nhwc ×64`; without a number, any batch size. */
function graphLabel({ kind, layout, batch }: InspectedBundle['graphs'][number]): string {
  return [kind, ...(layout === 'nhwc' ? [layout] : []), ...(batch === null ? [] : [`×${batch}`])].join(' ');
}

function number(count: number): string {
  return count.toLocaleString('en-US');
}
