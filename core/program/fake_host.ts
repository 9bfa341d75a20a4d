/** A {@linkcode Host} for tests: memory for streams, a clock that tests move, signals on request. */
import { decodeName } from "#core/names.ts";
import type { ByteSink, Host, StopSignal } from "./host.ts";

/** A stream that remembers its writes. */
export class FakeSink implements ByteSink {
  readonly writes: Uint8Array[] = [];
  terminal = false;
  /** The reader has gone. */
  broken = false;
  /** What writing fails with. */
  failure: Error | undefined;

  write(bytes: Uint8Array): void {
    if (this.failure !== undefined) throw this.failure;
    if (this.broken) throw new Deno.errors.BrokenPipe("nobody reads");
    this.writes.push(bytes.slice());
  }

  isTerminal(): boolean {
    return this.terminal;
  }

  get text(): string {
    return this.writes.map(decodeName).join("");
  }

  get lines(): string[] {
    return this.text.split("\n").slice(0, -1);
  }
}

/** The exit that a command asked for. */
export class ExitRequest extends Error {
  constructor(readonly code: number) {
    super(`exit ${code}`);
  }
}

/** A process that isn't one. */
export class FakeHost implements Host {
  program = "orbit";
  readonly stdout = new FakeSink();
  readonly stderr = new FakeSink();
  readonly environment = new Map<string, string>();
  color = false;
  width = 80;
  elapsedMs = 0;
  nowMs = Date.UTC(2030, 0, 31);
  stdin = new Uint8Array();
  root = false;
  readonly #timers = new Set<() => void>();
  readonly #stoppers = new Set<(signal: StopSignal) => void>();

  readStdin(): Uint8Array {
    return this.stdin;
  }

  /** In small pieces, as a pipe gives them. */
  *stdinPieces(): Generator<Uint8Array> {
    for (let at = 0; at < this.stdin.length; at += 7) yield this.stdin.subarray(at, at + 7);
  }

  columns(): number {
    return this.width;
  }

  cwd(): string {
    return "/work";
  }

  isRoot(): boolean {
    return this.root;
  }

  env(name: string): string | undefined {
    return this.environment.get(name);
  }

  elapsed(): number {
    return this.elapsedMs;
  }

  now(): number {
    return this.nowMs;
  }

  every(_milliseconds: number, callback: () => void): Disposable {
    this.#timers.add(callback);
    return { [Symbol.dispose]: () => this.#timers.delete(callback) };
  }

  onStop(callback: (signal: StopSignal) => void): Disposable {
    this.#stoppers.add(callback);
    return { [Symbol.dispose]: () => this.#stoppers.delete(callback) };
  }

  exit(code: number): never {
    throw new ExitRequest(code);
  }

  /** Lets time pass and every timer fire once. */
  pass(milliseconds: number): void {
    this.elapsedMs += milliseconds;
    for (const callback of [...this.#timers]) callback();
  }

  /** Sends a signal. */
  stop(signal: StopSignal): void {
    for (const callback of [...this.#stoppers]) callback(signal);
  }

  /** Timers and listeners that nobody disposed of. */
  get leaks(): number {
    return this.#timers.size + this.#stoppers.size;
  }
}
