/**
 * Remote calls: services and callers that don't know what carries the calls between them.
 *
 * A caller's failures are `OrbitError`s with the code and detail that the handler threw;
 * cancelling rejects with the signal's reason. Messages, metadata and the calls at once are
 * bounded everywhere; who is slower holds who is faster.
 *
 * @module
 */
export type { Caller, MethodOf, RpcOptions } from "./caller.ts";
export type { AnyServed, CallContext, Handlers, Served } from "./handlers.ts";
export { createInProcessCaller, type InProcessOptions } from "./in_process.ts";
export {
  type ChannelState,
  type GrpcCaller,
  type GrpcCallerOptions,
  openGrpcCaller,
} from "./grpc_client.ts";
export type { ClientTls } from "./server_check.ts";
export { createGrpcServer, type GrpcServer, type GrpcServerOptions } from "./grpc_server.ts";
export type { Port } from "./port.ts";
export { openPlainPort, type PlainPortOptions } from "./plain_port.ts";
export { pretendToListen } from "./shared_http.ts";
export { openTlsPort, type ServerTls, type TlsPort, type TlsPortOptions } from "./tls_port.ts";
export type { DoorkeeperLimits, PortCounts } from "./doorkeeper.ts";
export {
  createReverseCaller,
  type ReverseCaller,
  type ReverseStream,
} from "./reverse/reverse_caller.ts";
export {
  type ReverseServer,
  serveReverse,
  type ServeReverseOptions,
} from "./reverse/serve_reverse.ts";
export { Rendezvous } from "./reverse/rendezvous.ts";
export { MAX_MESSAGE_BYTES, MAX_REVERSE_MESSAGE_BYTES } from "./limits.ts";
export { type CallOutcome, fromOutcome, GrpcStatus, toOutcome } from "./status.ts";
export { connectionTrouble } from "./connection_trouble.ts";
export { fromProblem, toProblem } from "./problem.ts";
