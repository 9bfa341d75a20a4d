/** What answers the methods of a service, whatever carries the calls. */
import type { OrbitError } from "#core/errors.ts";
import type {
  DescMethodBiDiStreaming,
  DescMethodClientStreaming,
  DescMethodServerStreaming,
  DescMethodUnary,
  DescService,
  MessageInitShape,
  MessageShape,
} from "@bufbuild/protobuf";

/** Facts of one call. */
export interface CallContext {
  /** Aborts when the caller cancels, its deadline passes, or the connection is lost. */
  readonly signal: AbortSignal;
  /** Where the call comes from: an address, or `control stream`. */
  readonly peer: string;
  /** DER of the certificate that the peer proved to own; absent without mutual TLS. */
  readonly peerCertificate?: Uint8Array;
  /** Text metadata by lower-case name. */
  metadata(name: string): string | undefined;
  /** Ends the call with an error at once, even while its caller takes no answers. */
  end(error: OrbitError): void;
}

/** One function for each method of a service; a missing one answers `unsupported`. */
export type Handlers<S extends DescService> = {
  [K in keyof S["method"]]?: S["method"][K] extends DescMethodUnary<infer I, infer O>
    ? (request: MessageShape<I>, context: CallContext) => Promise<MessageInitShape<O>>
    : S["method"][K] extends DescMethodServerStreaming<infer I, infer O>
      ? (request: MessageShape<I>, context: CallContext) => AsyncIterable<MessageInitShape<O>>
    : S["method"][K] extends DescMethodClientStreaming<infer I, infer O> ? (
        requests: AsyncIterable<MessageShape<I>>,
        context: CallContext,
      ) => Promise<MessageInitShape<O>>
    : S["method"][K] extends DescMethodBiDiStreaming<infer I, infer O> ? (
        requests: AsyncIterable<MessageShape<I>>,
        context: CallContext,
      ) => AsyncIterable<MessageInitShape<O>>
    : never;
};

/** Handlers with the service they answer for. */
export interface Served<S extends DescService = DescService> {
  readonly service: S;
  readonly handlers: Handlers<S>;
  /**
   * Asked before any handler sees anything of a call; throws to refuse it (`unauthenticated`,
   * `denied` and the like, see `status.ts`). `method` is its name in the contract: `ScanTree`.
   */
  readonly admit?: (method: string, context: CallContext) => void;
}

/** A {@linkcode Served} of any service, for lists of them. */
export interface AnyServed {
  readonly service: DescService;
  readonly handlers: object;
  readonly admit?: (method: string, context: CallContext) => void;
}
