/** The commands of a page's `sh` blocks, in order. */
export function shellCommands(markdown: string): string[] {
  return [...markdown.matchAll(/^```sh\n(.*?)^```$/gms)].flatMap(([, block = '']) =>
    block.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#')),
  );
}

/** Does it need a cluster, or a Docker daemon? */
export function needsCluster(command: string): boolean {
  return /^(docker|helm|kubectl (?!kustomize))/.test(command);
}
