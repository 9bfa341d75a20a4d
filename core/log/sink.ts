/** Where log lines go. */

/** Takes whole lines. Must not throw: a program doesn't fail because nobody reads its log. */
export interface LogSink {
  /** @param line One line without its end. */
  write(line: string): void;
}

/**
 * Standard error. A line is written before the call returns, so none is lost in a crash; a reader
 * that stops reading stops the program, as with any standard stream.
 */
export function standardErrorSink(): LogSink {
  const encoder = new TextEncoder();
  return {
    write(line) {
      const bytes = encoder.encode(`${line}\n`);
      try {
        for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
      } catch {
        // The other end is closed; there is nowhere left to say so.
      }
    },
  };
}

/** A sink that keeps its lines; for tests. */
export class MemorySink implements LogSink {
  readonly lines: string[] = [];

  write(line: string): void {
    this.lines.push(line);
  }
}
