/** Signatures of a GET, by the SDK's signer (@smithy/signature-v4, on node:crypto) and by labelmill's. */
import { createHash, createHmac } from 'node:crypto';
import { S3Signer } from '@labelmill/shared/store/s3-signature';
import { SignatureV4 } from '@smithy/signature-v4';

const count = 2000;
const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const region = 'us-east-1';
const host = 'photos.example.org';

class Sha256 {
  readonly #hash;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret as Uint8Array);
  }

  update(piece: Uint8Array | string): void {
    this.#hash.update(piece);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }

  reset(): void {}
}

const smithy = new SignatureV4({ service: 's3', region, credentials, sha256: Sha256, uriEscapePath: false });
const signer = new S3Signer();

export const signatures = {
  count,
  async sdk(): Promise<void> {
    for (let n = 0; n < count; n++) {
      await smithy.sign({
        method: 'GET',
        protocol: 'https:',
        hostname: host,
        path: `/photos/${n}.jpg`,
        headers: { host },
      });
    }
  },
  async own(): Promise<void> {
    for (let n = 0; n < count; n++) {
      signer.sign({ path: `/photos/${n}.jpg`, headers: { host }, region, credentials, time: new Date() });
    }
  },
};
