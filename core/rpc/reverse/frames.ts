/** The frames of calls through a control stream, and what they cost. */
import { create } from "@bufbuild/protobuf";
import {
  type CallEnd,
  CallEndSchema,
  type CallFrame,
  CallFrameSchema,
} from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { CallOutcome } from "../status.ts";

/** Credit that each direction of a call begins with. */
export const INITIAL_CREDIT = 1024 * 1024;

/** What every message costs beside its bytes, so that empty ones are bounded too. */
export const MESSAGE_COST = 64;

/** Calls at once through one stream. */
export const MAX_REVERSE_CALLS = 256;

/** Cost of all messages that have come through one stream and haven't been taken. */
export const MAX_UNTAKEN = 64 * 1024 * 1024;

/** Credit that a sender can hold; more is never given. */
export const MAX_CREDIT = 1024 * 1024 * 1024;

/** One way frames go: resolves when there is room for another, rejects when the stream is over. */
export type SendFrame = (frame: CallFrame) => void | Promise<void>;

type FrameOf = NonNullable<Parameters<typeof create<typeof CallFrameSchema>>[1]>["frame"];

/** A frame. */
export function frameOf(callId: number, frame: FrameOf): CallFrame {
  return create(CallFrameSchema, { callId, frame });
}

/** How a call ends, as it travels. */
export function toCallEnd({ status, message, problem }: CallOutcome): CallEnd {
  return create(CallEndSchema, { status, message, problem });
}

/** Credit that a message of so many bytes costs. */
export function costOf(message: Uint8Array): number {
  return message.length + MESSAGE_COST;
}
