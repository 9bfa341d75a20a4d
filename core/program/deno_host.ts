/** The real process as a {@linkcode Host}. */
import { lightClock } from "#core/clock.ts";
import { systemError } from "#core/errors.ts";
import type { ByteSink, Host, StopSignal } from "./host.ts";

const STOP_SIGNALS: readonly StopSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
const WAIT_MS = 5;
const DEFAULT_COLUMNS = 80;

/** The process that this is. */
export function createDenoHost(program: string): Host {
  const stderr = sink(Deno.stderr, unread);
  return {
    program,
    stdout: sink(Deno.stdout, unwritable),
    stderr,
    readStdin,
    stdinPieces,
    columns,
    color: !Deno.noColor && stderr.isTerminal(),
    cwd: Deno.cwd,
    isRoot: () => Deno.uid() === 0,
    env,
    elapsed: () => performance.now(),
    now: Date.now,
    every,
    onStop,
    exit: Deno.exit,
  };
}

interface Stream {
  writeSync(bytes: Uint8Array): number;
  isTerminal(): boolean;
}

/**
 * A stream of this process.
 *
 * @param toFailure Makes what is thrown of an error other than a gone reader.
 */
function sink(stream: Stream, toFailure: (error: Error) => Error): ByteSink {
  const isTerminal = stream.isTerminal();
  return {
    isTerminal: () => isTerminal,
    write(bytes) {
      for (let written = 0; written < bytes.length;) {
        written += writeSome(stream, bytes.subarray(written), toFailure);
      }
    },
  };
}

/** One write; a stream that another process made non-blocking is waited for. */
function writeSome(
  stream: Stream,
  bytes: Uint8Array,
  toFailure: (error: Error) => Error,
): number {
  for (;;) {
    try {
      return stream.writeSync(bytes);
    } catch (error) {
      if (!(error instanceof Error) || error instanceof Deno.errors.BrokenPipe) throw error;
      if (!(error instanceof Deno.errors.WouldBlock)) throw toFailure(error);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_MS);
    }
  }
}

/** Results that can't be written, to a full disk for one, are worth ending the run for. */
function unwritable(error: Error & { code?: string }): Error {
  return systemError(error.code ?? "EIO", "write", "standard output");
}

/** Messages that can't be written are lost, as if nobody read them; the work goes on. */
function unread(error: Error): Error {
  return new Deno.errors.BrokenPipe(error.message);
}

/** Bytes asked of standard input at once. */
const STDIN_BYTES = 1024 * 1024;

function* stdinPieces(): Generator<Uint8Array> {
  const piece = new Uint8Array(STDIN_BYTES);
  for (;;) {
    const length = Deno.stdin.readSync(piece);
    if (length === null) return;
    yield piece.subarray(0, length);
  }
}

function readStdin(): Uint8Array {
  const pieces = Array.from(stdinPieces(), (piece) => piece.slice());
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

function columns(): number {
  try {
    return Deno.consoleSize().columns || DEFAULT_COLUMNS;
  } catch {
    return DEFAULT_COLUMNS;
  }
}

function env(name: string): string | undefined {
  try {
    return Deno.env.get(name);
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) return undefined;
    throw error;
  }
}

function every(milliseconds: number, callback: () => void): Disposable {
  const over = new AbortController();
  const tick = async () => {
    for (;;) {
      await lightClock.sleep(milliseconds, over);
      callback();
    }
  };
  tick().catch((error) => {
    if (error !== over.signal.reason) throw error;
  });
  return { [Symbol.dispose]: () => over.abort() };
}

function onStop(callback: (signal: StopSignal) => void): Disposable {
  const listeners = STOP_SIGNALS.map((signal) => {
    const listener = () => callback(signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return { [Symbol.dispose]: () => listeners.forEach((remove) => remove()) };
}
