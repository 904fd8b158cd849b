/** The tracer that a configuration asks for. */
import type { Config } from '../config/index.ts'
import type { Tracer } from '../http/trace.ts'
import type { Logger } from '../log.ts'
import { PROPAGATION } from './propagation.ts'

/** A tracer that may have to be closed. */
export type ClosableTracer = Tracer & { close?(): Promise<void> }

/**
 * Returns the tracer of an event loop; undefined without tracing. Rejects if its packages are missing.
 *
 * @param version that of this process
 */
export async function tracerOf(
  config: Config,
  log: Logger,
  version: string,
): Promise<ClosableTracer | undefined> {
  if (config['sluice.tracing'] === 'off') return undefined
  if (config['sluice.tracing'] === 'propagate') return PROPAGATION
  const { createOtlpTracer } = await import('./otlp-tracer.ts')
  return createOtlpTracer(
    {
      endpoint: config['sluice.tracing.endpoint'],
      oneOf: config['sluice.tracing.one.of'],
      resource: {
        'service.name': 'sluice',
        'service.version': version,
        ...(config.id === '' ? {} : { 'service.instance.id': config.id }),
      },
    },
    log,
  )
}
