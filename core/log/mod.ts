/**
 * The log: lines with a level, a message and fields, for people or as NDJSON, on standard error.
 * Whatever is put into it comes out bounded, escaped and without secrets.
 *
 * ```ts
 * import { createLogger, MemorySink } from "#core/log/mod.ts";
 *
 * const sink = new MemorySink();
 * const log = createLogger({ sink }).with({ star: "s1" });
 * log.warn("scan failed", { path: "/mnt/a\nb", token: "orbit1_…" });
 * console.assert(sink.lines[0].endsWith('scan failed star=s1 path=/mnt/a\\nb token=[secret]'));
 * ```
 *
 * @module
 */
export {
  createLogger,
  type LogFields,
  type Logger,
  type LoggerOptions,
  silentLogger,
} from "./logger.ts";
export { LOG_LEVELS, type LogFormat, type LogLevel } from "./line.ts";
export { type LogSink, MemorySink, standardErrorSink } from "./sink.ts";
export { isSecretName } from "./redact.ts";
