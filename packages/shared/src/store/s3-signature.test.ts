import { expect, test } from 'vitest';
import { S3Signer } from './s3-signature.ts';

/** "Example: GET Object" in https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const example = {
  path: '/test.txt',
  headers: { host: 'examplebucket.s3.amazonaws.com', range: 'bytes=0-9' },
  region: 'us-east-1',
  credentials: {
    accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
    secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  },
  time: new Date('2013-05-24T00:00:00Z'),
};
const published =
  'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41';

test("Amazon's published example of a GET gets its published signature", () => {
  expect(new S3Signer().sign(example).authorization).toBe(published);
});

test('a key kept from another day, region or secret is not used', () => {
  const signer = new S3Signer();
  for (const other of [
    { time: new Date('2013-05-25T00:00:00Z') },
    { region: 'eu-west-1' },
    { credentials: { ...example.credentials, secretAccessKey: 'another' } },
  ]) {
    expect(signer.sign({ ...example, ...other }).authorization).not.toBe(published);
    expect(signer.sign(example).authorization).toBe(published);
  }
});

test('the token of a session is sent and signed', () => {
  const { authorization, ...sent } = new S3Signer().sign({
    ...example,
    credentials: { ...example.credentials, sessionToken: 'token' },
  });
  expect(sent['x-amz-security-token']).toBe('token');
  expect(authorization).toContain(
    'SignedHeaders=host;range;x-amz-content-sha256;x-amz-date;x-amz-security-token,',
  );
});
