/** Writes log lines. */
import { type Clock, systemClock } from "../clock.ts";
import { formatLine, LOG_LEVELS, type LogFormat, type LogLevel } from "./line.ts";
import { RepeatGate } from "./repeats.ts";
import { type LogSink, standardErrorSink } from "./sink.ts";

/** Facts beside a message. A field that is undefined is left out. */
export type LogFields = Readonly<Record<string, unknown>>;

/** Takes messages; each is constant, what varies stands in the fields. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Whether lines of this level are written; asks before costly fields are made. */
  enabled(level: LogLevel): boolean;
  /** A logger that adds these fields to every line. */
  with(fields: LogFields): Logger;
  /** Tells what was held back; to be called before the program ends. */
  flush(): void;
}

/** How a logger writes. */
export interface LoggerOptions {
  /** The least important lines that are written. Default `info`. */
  level?: LogLevel;
  /** Default `text`. */
  format?: LogFormat;
  /** Default standard error. */
  sink?: LogSink;
  clock?: Pick<Clock, "now" | "elapsed">;
}

/**
 * A logger. None of its methods throws. Lines are at most 8192 characters long; names, control
 * characters and the like in them are escaped; fields with a secret's name, and `Secret`s, read
 * `[secret]`. Of lines with the same level and message, ten pass in ten seconds; then one says how
 * many more there were.
 */
export function createLogger(options: LoggerOptions = {}): Logger {
  const { level = "info", format = "text", sink = standardErrorSink() } = options;
  return new LineLogger(new LineWriter(format, sink, options.clock ?? systemClock), level, {});
}

/** A logger that says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  enabled: () => false,
  with: () => silentLogger,
  flush() {},
};

/** What a logger and those made from it share. */
class LineWriter {
  readonly #gate = new RepeatGate();
  readonly #format: LogFormat;
  readonly #sink: LogSink;
  readonly #clock: Pick<Clock, "now" | "elapsed">;

  constructor(format: LogFormat, sink: LogSink, clock: Pick<Clock, "now" | "elapsed">) {
    this.#format = format;
    this.#sink = sink;
    this.#clock = clock;
  }

  write(level: LogLevel, message: string, fields: LogFields): void {
    const nowMs = this.#clock.elapsed();
    this.#tell(nowMs);
    if (this.#gate.admit({ level, message }, nowMs)) this.#put(level, message, fields);
  }

  flush(): void {
    this.#tell(Infinity);
  }

  #tell(nowMs: number): void {
    for (const { level, message, held } of this.#gate.expired(nowMs)) {
      this.#put(level, message, { held_back: held });
    }
  }

  #put(level: LogLevel, message: string, fields: LogFields): void {
    const timeMs = this.#clock.now();
    this.#sink.write(formatLine({ timeMs, level, message, fields }, this.#format));
  }
}

class LineLogger implements Logger {
  readonly #writer: LineWriter;
  readonly #level: LogLevel;
  readonly #fields: LogFields;

  constructor(writer: LineWriter, level: LogLevel, fields: LogFields) {
    this.#writer = writer;
    this.#level = level;
    this.#fields = fields;
  }

  debug(message: string, fields?: LogFields): void {
    this.#log("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#log("info", message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#log("warn", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#log("error", message, fields);
  }

  enabled(level: LogLevel): boolean {
    return LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.#level);
  }

  with(fields: LogFields): Logger {
    return new LineLogger(this.#writer, this.#level, { ...this.#fields, ...fields });
  }

  flush(): void {
    this.#writer.flush();
  }

  #log(level: LogLevel, message: string, fields?: LogFields): void {
    if (!this.enabled(level)) return;
    let all: LogFields;
    try {
      all = { ...this.#fields, ...fields };
    } catch {
      // A getter among the fields threw.
      all = { ...this.#fields, fields: "[unreadable]" };
    }
    this.#writer.write(level, message, all);
  }
}
