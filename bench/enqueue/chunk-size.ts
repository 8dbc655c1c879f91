/** `labelmill enqueue`'s own. */
export const imagesPerChunk = 256;
/** LABELMILL_OUTSTANDING_CHUNKS' own. */
export const mostChunks = 1000;
