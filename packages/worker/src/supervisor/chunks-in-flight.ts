/** How many chunks a supervisor holds: what covers two batches, and one to go on with; 2 to 64. */
export function chunksInFlight(batch: number, imagesPerChunk: number): number {
  return Math.min(64, Math.max(2, Math.ceil((2 * batch) / imagesPerChunk) + 1));
}
