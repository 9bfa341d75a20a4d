/**
 * What a transport provides: one call as bytes. Everything above it (messages, kinds of methods,
 * deadlines, errors) is written once, in `exchange_caller.ts` and `routes.ts`.
 */
import type { DescMethod } from "@bufbuild/protobuf";

/** One call that is being made. */
export interface ByteCall {
  /**
   * The next message of the answer; undefined when the call has ended well. Rejects with what
   * ended the call otherwise. Not called again before it has settled, nor after the end.
   */
  next(): Promise<Uint8Array | undefined>;
}

/** Facts of a call that is to be made. */
export interface ExchangeOptions {
  /**
   * Aborts when the call is to be given up; `next()` then rejects with its reason. The transport
   * lets go of everything then, as it does when the call has ended.
   */
  signal: AbortSignal;
  /** For the other side; the caller's own limit is in `signal`. */
  timeoutMs?: number;
  metadata: Readonly<Record<string, string>>;
}

/** Starts a call: takes the requests as fast as the other side does, and no faster. */
export type Exchange = (
  method: DescMethod,
  requests: AsyncIterator<Uint8Array>,
  options: ExchangeOptions,
) => ByteCall;

/** A method as gRPC names it: `/orbit.v1.StarService/ScanTree`. */
export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}
