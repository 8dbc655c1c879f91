/**
 * AWS Signature Version 4 of a GET. S3's rules: the path is signed as it is sent, encoded once and never normalised
 * (https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 */
import { createHash, createHmac } from 'node:crypto';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface GetToSign {
  /** Encoded, without a query. */
  readonly path: string;
  /** In lower case, `host` among them; their values without spaces at their ends. */
  readonly headers: Readonly<Record<string, string>>;
  readonly region: string;
  readonly credentials: S3Credentials;
  readonly time: Date;
}

/** SHA-256 of nothing: the body of a GET. */
const emptyHash = createHash('sha256').digest('hex');

/** Keeps the key it derives from a secret, which holds for a day, a region and a secret: four of the six hashes of a signature. */
export class S3Signer {
  #keyFor = '';
  #key: Buffer = Buffer.alloc(0);

  /** The headers to send: those given, and what the signature adds to them. */
  sign({ path, headers, region, credentials, time }: GetToSign): Record<string, string> {
    const date = time.toISOString().replaceAll(/[-:]|\.\d+/g, ''); // 20130524T000000Z
    const signed: Record<string, string> = {
      ...headers,
      'x-amz-content-sha256': emptyHash,
      'x-amz-date': date,
      ...(credentials.sessionToken !== undefined && { 'x-amz-security-token': credentials.sessionToken }),
    };
    const names = Object.keys(signed).sort();
    const lines = names.map((name) => `${name}:${signed[name]}\n`).join('');
    const request = `GET\n${path}\n\n${lines}\n${names.join(';')}\n${emptyHash}`;
    const day = date.slice(0, 8);
    const scope = `${day}/${region}/s3/aws4_request`;
    const digest = createHash('sha256').update(request).digest('hex');
    const signature = createHmac('sha256', this.#keyOf(day, region, credentials.secretAccessKey))
      .update(`AWS4-HMAC-SHA256\n${date}\n${scope}\n${digest}`)
      .digest('hex');
    signed.authorization = `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope},SignedHeaders=${names.join(';')},Signature=${signature}`;
    return signed;
  }

  #keyOf(day: string, region: string, secret: string): Buffer {
    const keyFor = `${day}/${region}/${secret}`;
    if (keyFor !== this.#keyFor) {
      this.#key = [day, region, 's3', 'aws4_request'].reduce(
        (key, part) => createHmac('sha256', key).update(part).digest(),
        Buffer.from(`AWS4${secret}`),
      );
      this.#keyFor = keyFor;
    }
    return this.#key;
  }
}
