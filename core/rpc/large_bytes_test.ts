import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import {
  create,
  type DescMessage,
  fromBinary,
  type Message,
  type MessageInitShape,
  toBinary,
} from "@bufbuild/protobuf";
import {
  ReadFileResponseSchema,
  ScanTreeResponseSchema,
  TransferRequestSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import { ControlRequestSchema, HelloSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import { encodeBinary } from "./large_bytes.ts";

const large = new Uint8Array(100_000).map((_, i) => i);
const small = new Uint8Array(10).fill(1);

function checkSame<D extends DescMessage>(desc: D, init: MessageInitShape<D>): void {
  const message = create(desc, init);
  const encoded = encodeBinary(desc, message as Message);
  deepEqual(fromBinary(desc, encoded), fromBinary(desc, toBinary(desc, message)));
  equal(encoded.length, toBinary(desc, message).length);
  deepEqual(message, create(desc, init));
}

Deno.test("encodeBinary says what toBinary says", () => {
  for (const data of [large, small, new Uint8Array()]) {
    checkSame(ReadFileResponseSchema, { data });
    checkSame(TransferRequestSchema, {
      part: { case: "parcel", value: { id: 3, parcel: data } },
    });
    checkSame(TransferRequestSchema, {
      part: { case: "start", value: { base: data, sources: [large] } },
    });
    const frame = { case: "message" as const, value: data };
    checkSame(ControlRequestSchema, { message: { case: "call", value: { callId: 7, frame } } });
    checkSame(HelloSchema, { version: "1", roots: [{ path: data }, { path: large, read: true }] });
    checkSame(ScanTreeResponseSchema, {
      rows: { words: data, heap: large, count: 3 },
      troubles: [{ path: large }],
    });
  }
});

Deno.test("encodeBinary keeps fields that it doesn't know", () => {
  const message = create(ReadFileResponseSchema, { data: large });
  const unknown = { no: 99, wireType: 0, data: Uint8Array.of(5) };
  message.$unknown = [unknown];
  const back = fromBinary(ReadFileResponseSchema, encodeBinary(ReadFileResponseSchema, message));
  deepEqual(back.$unknown, [unknown]);
  deepEqual(back.data, large);
});
