/**
 * Spans of requests by OpenTelemetry's SDK, sent by OTLP over HTTP. The packages are loaded when this is used. Spans wait in a
 * queue of a fixed size; those that have no room are dropped, so that a collector which is down delays nothing.
 */
import type { RawRequest } from '../http/headers.ts'
import type { Trace, Tracer } from '../http/trace.ts'
import type { Logger } from '../log.ts'
import { awaitAtMost } from '../waiting.ts'
import { attributesOf, spanNameOf } from './span-attributes.ts'
import { readTraceParent, type TraceParent, traceparentOf } from './trace-context.ts'

/** The settings of spans. */
export interface SpanSettings {
  /** The URL of the collector; empty for that of the environment (`OTEL_EXPORTER_OTLP_…`), or `http://localhost:4318`. */
  readonly endpoint: string
  /** One of so many traces that begin here is sampled. Others are sampled as their callers have decided. */
  readonly oneOf: number
  /** Attributes of the process, which `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` may replace. */
  readonly resource: Readonly<Record<string, string>>
}

/** Operations without spans: load balancers and monitoring call them all the time. */
const UNTRACED: ReadonlySet<string> = new Set(['isHealthy', 'isReady', 'getMetrics', 'provePeer'])

/** The most spans that wait, and the most of a request to the collector. */
const MAX_QUEUED = 2048
const MAX_BATCH = 512
const FIRST_SERVER_ERROR = 500
const SHUTDOWN_MS = 2000
const REPORT_MS = 60_000
const MAX_REASON_CHARS = 200

/** The tracer of `sluice.tracing=otlp`. An event loop has one. */
export interface OtlpTracer extends Tracer {
  /** Sends the spans that wait, for two seconds at most. Does not reject. */
  close(): Promise<void>
}

/** Loads the packages. Rejects with an error that names a missing one. */
export async function createOtlpTracer(settings: SpanSettings, log: Logger): Promise<OtlpTracer> {
  const packages = await loadPackages()
  const { api, sdk, exporter, resources } = packages
  reportTo(log, packages)
  const { endpoint, oneOf, resource } = settings
  const spans = new exporter.OTLPTraceExporter(endpoint === '' ? {} : { url: tracesUrl(endpoint) })
  const provider = new sdk.TracerProvider({
    sampler: new sdk.ParentBasedSampler({ root: new sdk.TraceIdRatioBasedSampler(1 / oneOf) }),
    resource: resources
      .defaultResource()
      .merge(resources.resourceFromAttributes(resource))
      .merge(resources.detectResources({ detectors: [resources.envDetector] })),
    spanProcessors: [
      new sdk.BatchSpanProcessor({
        exporter: spans,
        maxQueueSize: MAX_QUEUED,
        maxExportBatchSize: MAX_BATCH,
      }),
    ],
  })
  const tracer = provider.getTracer('sluice')
  const { SpanKind, SpanStatusCode, ROOT_CONTEXT, trace, createTraceState } = api
  const contextOf = (parent: TraceParent | undefined) => {
    if (!parent) return ROOT_CONTEXT
    const { traceId, spanId, flags: traceFlags, tracestate } = parent
    const traceState = tracestate === '' ? {} : { traceState: createTraceState(tracestate) }
    const context = { traceId, spanId, traceFlags, isRemote: true, ...traceState }
    return trace.setSpanContext(ROOT_CONTEXT, context)
  }
  return {
    begin(request: RawRequest): Trace {
      const parent = readTraceParent(request)
      const span = tracer.startSpan('request', { kind: SpanKind.SERVER }, contextOf(parent))
      const { traceId: id, spanId, traceFlags } = span.spanContext()
      return {
        id,
        traceparent: traceparentOf(id, spanId, traceFlags),
        tracestate: parent?.tracestate ?? '',
        end(over, isAborted) {
          // A span that does not end is not sent.
          if (!span.isRecording() || UNTRACED.has(over.route?.operationId ?? '')) return
          span.updateName(spanNameOf(over))
          span.setAttributes(attributesOf(over, isAborted))
          if (isAborted || over.status >= FIRST_SERVER_ERROR) {
            span.setStatus({ code: SpanStatusCode.ERROR })
          }
          span.end()
        },
      }
    },
    close: () =>
      awaitAtMost(
        provider.shutdown().catch(() => {}),
        SHUTDOWN_MS,
      ),
  }
}

type Packages = Awaited<ReturnType<typeof loadPackages>>

async function loadPackages() {
  try {
    const [api, sdk, exporter, resources] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/exporter-trace-otlp-http'),
      import('@opentelemetry/resources'),
    ])
    return { api, sdk, exporter, resources }
  } catch (error) {
    throw new Error(
      `sluice.tracing=otlp needs the packages of OpenTelemetry, which npm installs unless it omits optional ones: ${(error as Error).message}`,
    )
  }
}

/** Collectors have the path of OTLP below their URL. A URL with another path is complete. */
function tracesUrl(endpoint: string): string {
  const url = new URL(endpoint)
  if (url.pathname === '/') url.pathname = '/v1/traces'
  return url.href
}

/** The SDK reports its failures to one receiver of the thread. Its reports may quote answers of the collector. */
function reportTo(log: Logger, { api }: Packages): void {
  let reportedAt = Number.NEGATIVE_INFINITY
  const report = (...parts: unknown[]) => {
    const now = performance.now()
    if (now - reportedAt < REPORT_MS) return
    reportedAt = now
    log.warn({ reason: reasonOf(parts) }, 'spans are not sent: the collector does not take them')
  }
  const ignore = () => {}
  api.diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: api.DiagLogLevel.WARN, suppressOverrideMessage: true },
  )
}

/** The message of an error, of which the SDK gives a text in JSON. */
function reasonOf(parts: readonly unknown[]): string {
  const text = parts.map(messageOf).join(' ')
  return text.slice(0, MAX_REASON_CHARS)
}

function messageOf(part: unknown): string {
  if (part instanceof Error) return part.message
  if (typeof part !== 'string' || !part.startsWith('{')) return typeof part === 'string' ? part : ''
  try {
    const { message } = JSON.parse(part) as { message?: unknown }
    return typeof message === 'string' ? message : ''
  } catch {
    return ''
  }
}
