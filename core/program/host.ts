/** What a command needs of the process it runs in, so that tests can stand in for it. */

/** Where bytes go. */
export interface ByteSink {
  /**
   * Writes all the bytes before it returns.
   *
   * @throws Deno.errors.BrokenPipe when nobody reads any more.
   */
  write(bytes: Uint8Array): void;
  isTerminal(): boolean;
}

/** The process: its streams, its place in the file system, its clock and its signals. */
export interface Host {
  /** The program's name, as remarks begin with it. */
  readonly program: string;
  readonly stdout: ByteSink;
  readonly stderr: ByteSink;
  /** The whole of standard input. */
  readStdin(): Uint8Array;
  /** Standard input piece by piece; a piece is valid until the next is asked for. */
  stdinPieces(): Iterable<Uint8Array>;
  /** Columns of the terminal, read anew as it may be resized. */
  columns(): number;
  /** Whether escape sequences for colour are welcome (a terminal, and no `NO_COLOR`). */
  readonly color: boolean;
  cwd(): string;
  isRoot(): boolean;
  /** A variable of the environment; undefined when unset, or when reading it isn't permitted. */
  env(name: string): string | undefined;
  /** Milliseconds that only ever grow. */
  elapsed(): number;
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back every so often until disposed. */
  every(milliseconds: number, callback: () => void): Disposable;
  /** Calls back for each request to stop (^C, termination, hang-up) until disposed. */
  onStop(callback: (signal: StopSignal) => void): Disposable;
  /** Ends the process at once. */
  exit(code: number): never;
}

/** Signals that ask a run to stop. */
export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
