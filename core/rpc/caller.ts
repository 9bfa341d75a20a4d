/**
 * How a program calls the methods of a service, whatever carries the calls: a gRPC channel, or a
 * Star's control stream in reverse.
 *
 * Failures are `OrbitError`s (see `status.ts`); cancelling a `signal` rejects with its reason.
 */
import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from "@bufbuild/protobuf";

/** A method of one kind. */
export type MethodOf<
  Kind extends DescMethod["methodKind"],
  I extends DescMessage,
  O extends DescMessage,
> = DescMethod & { methodKind: Kind; input: I; output: O };

/** Options of one call. */
export interface RpcOptions {
  signal?: AbortSignal;
  /** Milliseconds until the call fails with `unavailable`; travels to the other side. */
  timeoutMs?: number;
  /** Text metadata, names in lower case. */
  metadata?: Readonly<Record<string, string>>;
}

/** The calling side of services. */
export interface Caller {
  unary<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"unary", I, O>,
    request: MessageInitShape<I>,
    options?: RpcOptions,
  ): Promise<MessageShape<O>>;
  /**
   * Nothing is sent before the first message is asked for. The sender is held back while messages
   * aren't taken; leaving the loop early cancels the call. An error of the other side may overtake
   * messages that it sent shortly before.
   */
  serverStream<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"server_streaming", I, O>,
    request: MessageInitShape<I>,
    options?: RpcOptions,
  ): AsyncIterable<MessageShape<O>>;
  /** Requests are taken as fast as the other side takes them; an error of theirs cancels the call. */
  clientStream<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"client_streaming", I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    options?: RpcOptions,
  ): Promise<MessageShape<O>>;
  /** As the two above; either side may end first. */
  bidi<I extends DescMessage, O extends DescMessage>(
    method: MethodOf<"bidi_streaming", I, O>,
    requests: AsyncIterable<MessageInitShape<I>>,
    options?: RpcOptions,
  ): AsyncIterable<MessageShape<O>>;
}
