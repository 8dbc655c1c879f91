/** Makes room for names of our own in a graph where anything may have any name. */
import type { GraphProto } from 'onnx-buf';

/**
 * Renames every value of the graph whose name is taken, wherever it is used; control flow, whose bodies could use it
 * too, has been refused before.
 *
 * @returns what a value of the old graph is called now.
 */
export function freeNames(graph: GraphProto, taken: (name: string) => boolean): (name: string) => string {
  const names = new Set([
    ...graph.node.flatMap(({ input, output }) => [...input, ...output]),
    ...[...graph.initializer, ...graph.input, ...graph.output].map(({ name }) => name),
    ...graph.sparseInitializer.flatMap(({ values }) => values?.name ?? []),
  ]);
  const renamed = new Map<string, string>();
  for (const name of names) {
    if (!taken(name)) continue;
    let free = `foreign.${name}`;
    while (names.has(free)) free = `foreign.${free}`;
    renamed.set(name, free);
  }
  const rename = (name: string) => renamed.get(name) ?? name;
  for (const node of graph.node) {
    node.input = node.input.map(rename);
    node.output = node.output.map(rename);
  }
  for (const tensor of graph.initializer) tensor.name = rename(tensor.name);
  for (const { values } of graph.sparseInitializer)
    if (values !== undefined) values.name = rename(values.name);
  return rename;
}
