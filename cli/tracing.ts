import type { Logger } from 'pino'
import { packageVersion } from '../config/package-version.ts'
import type { Config } from '../config/read.ts'
import { HearthError } from '../model/errors.ts'
import { createReportLimit } from '../resilience/bounded-reports.ts'
import { withoutPassword } from '../resilience/server-words.ts'
import { within } from '../resilience/within.ts'
import type { Closing } from './closing.ts'

export interface TracingOptions {
  config: Config
  /** `worker` is `hearth-worker` in traces, unless the configuration has another name. */
  name: string
  log: Logger
  closing: Closing
}

/** What is still to be sent when a process ends has so long. Milliseconds. */
const goodbyeMs = 500
/** How often a collector that is away is reported. Milliseconds. */
const quietMs = 60_000

/**
 * Registers an OpenTelemetry SDK of Hearth's own, if the configuration asks for one, and answers whether it did. All
 * that is heavy is loaded only then. What the configuration has no setting for (`OTEL_TRACES_SAMPLER`,
 * `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_EXPORTER_OTLP_HEADERS`, …) the SDK reads itself. Throws `InvalidConfig`.
 */
export async function startTracing({ config, name, log, closing }: TracingOptions): Promise<boolean> {
  if (!isOn(config)) return false
  requireHttp(config)
  const [{ diag, DiagLogLevel }, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/exporter-trace-otlp-proto'),
  ])
  diag.setLogger(quietLogger(log), DiagLogLevel.WARN)

  const url = config.otlpTracesEndpoint ?? below(config.otlpEndpoint ?? 'http://localhost:4318')
  const provider = new sdk.NodeTracerProvider({
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({
          'service.name': `hearth-${name}`,
          'service.version': packageVersion(),
        }),
      )
      .merge(resources.detectResources({ detectors: [resources.envDetector] }))
      .merge(
        resources.resourceFromAttributes(
          config.otelServiceName === undefined ? {} : { 'service.name': config.otelServiceName },
        ),
      ),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter({ url }))],
  })
  provider.register()
  const late = () => new Error(`the last spans were not taken within ${goodbyeMs} ms`)
  await closing.opened('tracing', () => within(goodbyeMs, provider.shutdown(), late))
  log.info(`spans are sent to ${withoutPassword(url)}`)
  return true
}

function isOn({ otelSdkDisabled, otelTracesExporter, otlpEndpoint, otlpTracesEndpoint }: Config): boolean {
  if (otelSdkDisabled || otelTracesExporter === 'none') return false
  return otelTracesExporter === 'otlp' || otlpEndpoint !== undefined || otlpTracesEndpoint !== undefined
}

function requireHttp({ otlpProtocol, otlpTracesProtocol }: Config): void {
  const protocol = otlpTracesProtocol ?? otlpProtocol
  if (protocol === 'http/protobuf') return
  const variable =
    otlpTracesProtocol === undefined ? 'OTEL_EXPORTER_OTLP_PROTOCOL' : 'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'
  const problem = `${variable} is ${JSON.stringify(protocol)}; expected http/protobuf, and an endpoint that takes it (its port is usually 4318)`
  throw new HearthError('InvalidConfig', problem)
}

const below = (endpoint: string): string => `${endpoint.replace(/\/+$/, '')}/v1/traces`

/** What the SDK has to say, each trouble once in a while: a collector may be away for long. */
function quietLogger(log: Logger) {
  const limit = createReportLimit(quietMs)
  const tell = (message: string) => {
    if (limit(message.slice(0, 100)) !== undefined) log.warn(`tracing: ${message}`)
  }
  const ignore = () => {}
  return { error: tell, warn: tell, info: ignore, debug: ignore, verbose: ignore }
}
