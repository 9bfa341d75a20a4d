/** A serving Star for tests, and requests to it. */
import { strictEqual as equal } from "node:assert/strict";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { type Caller, createInProcessCaller } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import type { ActionOptionsSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { type ServeOptions, serveSystem } from "./serve.ts";

export const { method } = StarService;
export const utf8 = (text: string) => new TextEncoder().encode(text);
export const HUGE = 2n ** 53n;
export const LONG = new Uint8Array(64 * 1024 + 1).fill(97);

/** A served memory disk: `/root` with a file `a` of five bytes. */
export async function openStar(options: ServeOptions = {}) {
  const disk = createMemoryDisk({ roots: ["/root"] });
  using tree = disk.openTree("/root");
  using file = tree.createFile("a");
  file.write(utf8("hello"), 0);
  const system = await openInlineSystem(disk);
  const served = serveSystem(system, options);
  return { served, caller: createInProcessCaller([served]), tree: disk, system };
}

export async function refused(code: ErrorCode, attempt: Promise<unknown>): Promise<OrbitError> {
  const error = await attempt.then(() => undefined, (error) => error);
  if (!(error instanceof OrbitError)) throw error ?? new Error("nothing was thrown");
  equal(error.code, code, error.message);
  return error;
}

export type Options = MessageInitShape<typeof ActionOptionsSchema>;
export const how: Options = { tag: "conform1" };
export const base = utf8("/root");
export const path = utf8("/root/a");
export async function* stream<T>(...values: T[]): AsyncGenerator<T> {
  yield* values;
}
export const action = (value: object = {}) => ({ action: { case: "delete", value } } as const);
export const copyOf = (source: number) => {
  const value = { path: utf8("b"), sourcePath: utf8("a"), source, size: 1n };
  return { action: { case: "copy", value } } as const;
};
export const transfer = (value: object) => ({ part: { case: "start", value } } as const);
export const scan = (caller: Caller, value: object) =>
  Array.fromAsync(caller.serverStream(method.scanTree, { base, ...value }));
