import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { toBinary } from "@bufbuild/protobuf";
import { create } from "@bufbuild/protobuf";
import { FindChunksRequestSchema } from "#proto/gen/orbit/v1/link_pb.ts";
import { MessageReader } from "./read_message.ts";

const MIB = 1024 * 1024;

/** A request whose body is written by the test. */
function arriving(): { body: PassThrough; request: IncomingMessage } {
  const body = new PassThrough({ highWaterMark: 64 * MIB });
  return { body, request: body as unknown as IncomingMessage };
}

Deno.test("MessageReader reads a message, and refuses one that is too long as it is told to", async () => {
  const reader = new MessageReader();
  const hashes = new Uint8Array(64).fill(7);
  const bytes = toBinary(FindChunksRequestSchema, create(FindChunksRequestSchema, { hashes }));
  for (const most of [bytes.length, bytes.length - 1]) {
    const { body, request } = arriving();
    body.end(bytes);
    const read = reader.read(request, FindChunksRequestSchema, {
      peer: "a",
      most,
      tooLong: "denied",
    });
    if (most === bytes.length) assert.deepEqual((await read).hashes, hashes);
    else await assert.rejects(read, { code: "denied" });
  }
});

Deno.test("MessageReader holds no more of one peer than a few requests, however many it begins", async () => {
  const reader = new MessageReader();
  const begin = (peer: string) => {
    const { body, request } = arriving();
    body.write(new Uint8Array(8 * MIB));
    const read = reader.read(request, FindChunksRequestSchema, { peer, most: 9 * MIB });
    return { body, read: read.catch((error) => error) };
  };
  const held = Array.from({ length: 4 }, () => begin("hog"));
  const over = begin("hog");
  assert.equal((await over.read).code, "exhausted");
  const other = begin("other");
  for (const { body } of [...held, other]) body.end();
  for (const { read } of [...held, other]) assert.equal((await read).code, "invalid");
  const again = begin("hog");
  again.body.end();
  assert.equal((await again.read).code, "invalid");
});

Deno.test("MessageReader has room for a small request while many peers fill it with large ones", async () => {
  const reader = new MessageReader();
  const begin = (peer: string, bytes: number) => {
    const { body, request } = arriving();
    body.write(new Uint8Array(bytes));
    const read = reader.read(request, FindChunksRequestSchema, { peer, most: 9 * MIB });
    return { body, read: read.catch((error) => error) };
  };
  const held = Array.from({ length: 16 }, (_, peer) => begin(`hog ${peer}`, 8 * MIB));
  const more = Array.from({ length: 16 }, (_, peer) => begin(`hog ${peer}`, 8 * MIB));
  for (const { read } of more) assert.equal((await read).code, "exhausted");
  const newcomer = begin("another hog", 8 * MIB);
  assert.equal((await newcomer.read).code, "exhausted");
  const small = begin("honest", 2 * MIB);
  for (const { body } of [small, ...held]) body.end();
  assert.equal((await small.read).code, "invalid");
  for (const { read } of held) assert.equal((await read).code, "invalid");
  const alone = begin("hog 1", 8 * MIB);
  alone.body.end();
  assert.equal((await alone.read).code, "invalid");
});
