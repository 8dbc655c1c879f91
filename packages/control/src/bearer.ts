/**
 * The bearer token (RFC 6750), in the Authorization header only: a browser adds it to nothing by itself, so no other
 * site can make it send a request that counts (no cookies, no CSRF).
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpProblem } from './problem.ts';

/** Wrong tokens that one address may try in a minute; a right one always passes. */
const wrongTokensAMinute = 30;

/** 256 bits, as text that fits into a URL. */
export function newToken(): string {
  return randomBytes(32).toString('base64url');
}

/**
 * @returns throws HttpProblem `no_token` or `too_many_requests` for a request without the token
 * @param app has @fastify/rate-limit
 */
export function tokenCheck(app: FastifyInstance, token: string): (request: FastifyRequest) => Promise<void> {
  const expected = digestOf(token);
  const countWrong = app.createRateLimit({ max: wrongTokensAMinute, timeWindow: 60_000 });
  return async (request) => {
    const [, given] = /^Bearer ([\x21-\x7e]+)$/i.exec(request.headers.authorization ?? '') ?? [];
    if (given !== undefined && timingSafeEqual(digestOf(given), expected)) return;
    await limitWrong(countWrong, request);
    throw new HttpProblem(
      401,
      'no_token',
      'send the token that "labelmill serve" printed: Authorization: Bearer …',
    );
  };
}

async function limitWrong(
  countWrong: ReturnType<FastifyInstance['createRateLimit']>,
  request: FastifyRequest,
): Promise<void> {
  const counted = await countWrong(request);
  if (!counted.isAllowed && counted.isExceeded)
    throw new HttpProblem(429, 'too_many_requests', 'too many wrong tokens: wait a minute');
}

/** Digests are of one length, which `timingSafeEqual` needs, and say nothing of the token's. */
function digestOf(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}
