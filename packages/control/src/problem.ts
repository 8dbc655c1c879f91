/** Errors as `application/problem+json` (RFC 9457): a status, a code, one line; never a stack trace. */
import { codeOf, LabelmillError, messageOf, OutageError } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import { printable } from '@labelmill/shared/printable';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Problem, problemSchema } from './api-schema.ts';

/** An answer that is no success. `code` as in labelmill's other errors. */
export class HttpProblem extends LabelmillError {
  readonly status: number;

  constructor(status: number, code: string, detail: string) {
    super(code, detail);
    this.status = status;
  }
}

const titles: Record<number, string> = {
  400: 'Bad request',
  401: 'Not authorised',
  404: 'Not found',
  405: 'Method not allowed',
  409: 'Conflict',
  413: 'Body too large',
  415: 'Unsupported media type',
  429: 'Too many requests',
  500: 'Internal error',
  502: 'Outage',
  503: 'Busy',
};

/** Statuses of the errors that labelmill raises elsewhere. */
const statusOfCode: Record<string, number> = {
  unknown_run: 404,
  unknown_schedule: 404,
  not_a_run: 404,
  not_found: 404,
  already_complete: 409,
  not_complete: 409,
  retry_under_way: 409,
  broken_run: 500,
  broken_manifest: 500,
};

export function sendProblem(reply: FastifyReply, status: number, code: string, detail: string): FastifyReply {
  const problem: Problem = { type: 'about:blank', title: titles[status] ?? 'Error', status, detail, code };
  if (status === 401) reply.header('www-authenticate', 'Bearer realm="labelmill"');
  return reply.code(status).type('application/problem+json').serializer(JSON.stringify).send(problem);
}

/** Installs the handlers of errors and of unknown paths. */
export function answerWithProblems(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((error, request, reply) => {
    const { status, code, detail } = problemOf(error);
    if (status >= 500) log.error({ err: error, method: request.method, url: request.url }, 'request failed');
    return sendProblem(reply, status, code, detail);
  });
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, 404, 'not_found', 'nothing is here'));
}

function problemOf(error: unknown): Pick<Problem, 'status' | 'code' | 'detail'> {
  const detail = printable(messageOf(error));
  const code = codeOf(error) ?? 'internal';
  if (error instanceof HttpProblem) return { status: error.status, code, detail };
  if (error instanceof LabelmillError) {
    // Refused credentials are no fault of whoever asks, though a second try is of no use.
    const outage = error instanceof OutageError || error.retryable;
    return { status: statusOfCode[code] ?? (outage ? 502 : 400), code, detail };
  }
  const status = (error as { statusCode?: unknown }).statusCode;
  if (typeof status !== 'number' || status >= 500)
    return { status: 500, code: 'internal', detail: 'something went wrong here; the log of serve says what' };
  return { status, code: code.toLowerCase().replace(/^fst_err_/, ''), detail };
}

/** For routes: what may come in place of their answer. */
export const problems = { '4xx': problemSchema, '5xx': problemSchema };
