/** Messages between a `WorkerPool` and its workers. */
import type { ErrorData } from "#core/errors.ts";
import type { ScanBatchData } from "./scan_batch.ts";
import type { CallName, StreamName } from "./work/methods.ts";

/** Which disk driver to use: `auto` takes libc where it can be had. */
export type DriverChoice = "auto" | "posix" | "pure";

/** The first message a worker gets. */
export interface WorkerSetup {
  driver: DriverChoice;
  /** Absolute paths that may be touched. */
  roots: string[];
  /** Those of them beneath which changes are made. */
  writable: string[];
  /** Where the native hash is, so that no worker has to look for it. */
  addonPath?: string;
  /** Load the hash before anything is served; when it is needed otherwise. */
  hashFirst: boolean;
  /** One shared 32-bit word: non-zero asks running work to stop. */
  cancelled: SharedArrayBuffer;
}

/** Sent before the setup to a worker that this thread didn't start: where all else goes through. */
export interface PortMessage {
  port: MessagePort;
}

/** Work that is asked for. */
export interface Work<N extends CallName | StreamName> {
  name: N;
  args: unknown[];
  /** Nothing outside of it is reached. */
  scope?: readonly string[];
}

/** A request. `stream` numbers are chosen by the pool. */
export type Request =
  | { id: number; kind: "walls" }
  | { id: number; kind: "call" } & Work<CallName>
  | { id: number; kind: "open"; stream: number } & Work<StreamName>
  | { id: number; kind: "next"; stream: number; input?: Uint8Array }
  | { id: number; kind: "close"; stream: number };

/** The answer to the request with the same id; id 0 answers the setup. */
export interface Reply {
  id: number;
  value?: unknown;
  error?: ErrorData;
}

/** The buffers of a value that can be handed over instead of copied. */
export function transferables(value: unknown): ArrayBuffer[] {
  if (value instanceof Uint8Array && value.buffer instanceof ArrayBuffer) return [value.buffer];
  if (value !== null && typeof value === "object" && "rows" in value && "heap" in value) {
    const { rows, heap } = value as ScanBatchData;
    return [rows.buffer, heap.buffer];
  }
  return [];
}
