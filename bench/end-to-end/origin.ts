/** Where the photos of a bench lie. */
import { S3Server } from '../s3-server.ts';

const origins = ['files', 's3'] as const;
export type Origin = (typeof origins)[number];

export interface PhotoOrigin {
  /** For the manifest. */
  readonly uris: readonly string[];
  /** What a command needs to read them. */
  readonly env: NodeJS.ProcessEnv;
  /** CPU time, in seconds, that a server on this machine took so far. */
  serverCpuSeconds(): Promise<number>;
  /** Name of the report, its title, and how it says where the photos are. */
  readonly report: string;
  readonly title: string;
  readonly about: string;
}

export function isOrigin(text: string): text is Origin {
  return (origins as readonly string[]).includes(text);
}

export function filesAsTheyAre(photos: readonly string[]): PhotoOrigin {
  return {
    uris: photos,
    env: {},
    serverCpuSeconds: async () => 0,
    report: 'end-to-end',
    title: 'End to end against the limit of the machine',
    about: 'in files',
  };
}

/** Starts a server that ends with this process, and puts the photos there. */
export async function photosInS3(photos: readonly string[]): Promise<PhotoOrigin> {
  const server = await S3Server.start();
  return {
    uris: await server.put(photos),
    env: server.ceph.env,
    serverCpuSeconds: () => server.cpuSeconds(),
    report: 'end-to-end-s3',
    title: 'End to end from S3',
    about: 'in a Ceph on the same machine, whose CPU time, over all cores, is taken out of the rate',
  };
}
