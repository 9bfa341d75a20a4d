/** The end of a call in gRPC's trailers. */
import { Buffer } from "node:buffer";
import { Metadata, type StatusObject } from "@grpc/grpc-js";
import { connectionTrouble } from "./connection_trouble.ts";
import { decodeProblem, encodeProblem } from "./problem.ts";
import { type CallOutcome, GrpcStatus } from "./status.ts";

/** Holds an `orbit.v1.Problem`. */
const PROBLEM_TRAILER = "orbit-problem-bin";

/** An outcome as grpc-js sends it. */
export function toTrailers({ status, message, problem }: CallOutcome): StatusObject {
  const metadata = new Metadata();
  if (problem) metadata.set(PROBLEM_TRAILER, Buffer.from(encodeProblem(problem)));
  return { code: status, details: message, metadata };
}

/** An outcome as grpc-js received it, or made it up. */
export function fromTrailers({ code, details, metadata }: StatusObject): CallOutcome {
  // A stream that was reset without an answer: the connection broke, or the other side did. That
  // grpc-js calls it INTERNAL can be told from a server's own INTERNAL by its text only.
  if (code === GrpcStatus.INTERNAL && details.startsWith("Received RST_STREAM")) {
    return { status: GrpcStatus.UNAVAILABLE, message: "the connection was lost" };
  }
  const [sent] = code === GrpcStatus.OK ? [] : metadata.get(PROBLEM_TRAILER);
  const problem = sent instanceof Uint8Array ? decodeProblem(sent) : undefined;
  const isOwn = code === GrpcStatus.UNAVAILABLE && problem === undefined;
  return { status: code, message: isOwn ? connectionTrouble(details) : details, problem };
}
