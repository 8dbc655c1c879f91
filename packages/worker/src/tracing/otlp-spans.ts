/**
 * Sends a span for each chunk to a collector, by OTLP over HTTP. Import this module where an endpoint is set, and nowhere
 * else: it loads OpenTelemetry's SDK. A collector that does not answer harms nothing: its spans are dropped.
 */

import { messageOf } from '@labelmill/shared/errors';
import type { Logger } from '@labelmill/shared/logging';
import { DiagLogLevel, diag, SpanKind, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ChunkSpan, TracedChunk } from './chunk-span.ts';

/** One export, its retries included; so a worker that stops waits no longer for its collector. */
const exportTimeoutMs = 3_000;

export interface OtlpSpansOptions {
  /** As OTEL_EXPORTER_OTLP_ENDPOINT: `/v1/traces` is added. */
  readonly endpoint: string;
  readonly bundle: string;
  readonly log: Logger;
}

export class OtlpSpans implements AsyncDisposable {
  readonly #provider: TracerProvider;
  readonly #tracer: Tracer;
  readonly #bundle: string;
  readonly #failed: (message: string) => void;

  constructor({ endpoint, bundle, log }: OtlpSpansOptions) {
    this.#failed = (message) => log.warn({ message }, 'traces cannot be delivered');
    const quiet = () => {};
    diag.setLogger(
      { error: this.#failed, warn: quiet, info: quiet, debug: quiet, verbose: quiet },
      DiagLogLevel.ERROR,
    );
    const url = `${endpoint.replace(/\/$/, '')}/v1/traces`;
    const exporter = new OTLPTraceExporter({ url, timeoutMillis: exportTimeoutMs });
    this.#provider = new TracerProvider({
      resource: resourceFromAttributes({ 'service.name': 'labelmill-worker' }),
      spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: exportTimeoutMs })],
    });
    this.#tracer = this.#provider.getTracer('labelmill');
    this.#bundle = bundle;
  }

  start({ run, seq, generation, images }: TracedChunk): ChunkSpan {
    const span = this.#tracer.startSpan('label chunk', {
      kind: SpanKind.CONSUMER,
      attributes: {
        'labelmill.bundle': this.#bundle,
        'labelmill.run': run,
        'labelmill.chunk': seq,
        'labelmill.generation': generation,
        'labelmill.images': images,
      },
    });
    return {
      event: (name) => void span.addEvent(name),
      end: (end, message) => {
        span.setAttribute('labelmill.end', end);
        if (message !== null) span.setStatus({ code: SpanStatusCode.ERROR, message });
        span.end();
      },
    };
  }

  /** Sends what is left, for as long as one export may take. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#provider.shutdown().catch((error: unknown) => this.#failed(messageOf(error)));
  }
}
