/** An answer of S3 that is not the object, in the shape in which the AWS SDK reports one. */

/** Longer answers are cut: a code and a message are short. */
export const longestRefusal = 65_536;

export class S3AnswerError extends Error {
  readonly $metadata: { readonly httpStatusCode: number; readonly requestId: string | undefined };

  /** `text`: the answer's body, XML as a rule; from a proxy on the way it can be anything. */
  constructor(status: number, text: string, requestId?: string) {
    super(element(text, 'Message') ?? 'UnknownError');
    this.name = element(text, 'Code') ?? (status === 404 ? 'NotFound' : 'Unknown');
    this.$metadata = {
      httpStatusCode: status,
      requestId: requestId ?? element(text, 'RequestId') ?? undefined,
    };
  }
}

/** The text of the first element of that name that has one. */
function element(xml: string, name: string): string | null {
  const text = new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  return (
    text?.replaceAll(/&(amp|lt|gt|quot|apos);/g, (_, entity: keyof typeof entities) => entities[entity]) ??
    null
  );
}

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
