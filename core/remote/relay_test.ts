import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import type { PackRequest, PackSource, TransferRequest } from "#core/system/mod.ts";
import { copyOf, how } from "#core/system/system_conformance_bed.ts";
import {
  PackCallSchema,
  PackCancelSchema,
  PackCreditSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import { blameRequest } from "./codec/blame.ts";
import { toPackRequest } from "./codec/pack_request.ts";
import { ownParcel } from "./own_parcel.ts";
import { Relay, type RelayOptions } from "./relay.ts";

const REQUEST: TransferRequest = {
  ...{ sources: ["/from"], base: "/to", options: how() },
  actions: [copyOf("a", 5), copyOf("b", 5)],
};
const WANTED: PackRequest = {
  ...{ sources: ["/from"], followLinks: false },
  items: [{ source: 0, path: "a", offset: 0 }],
};
const call = (id: number, credit: number) =>
  create(PackCallSchema, { id, credit, request: toPackRequest(WANTED) });
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A source that never ends unless it is told to, or fails. */
function endless(fail?: Error) {
  const state = { made: 0, ended: 0, asked: [] as PackRequest[] };
  const source: PackSource = {
    name: "endless",
    async *pack(request) {
      state.asked.push(request);
      try {
        for (;;) {
          await turn();
          if (fail !== undefined) throw fail;
          yield Uint8Array.of(state.made++);
        }
      } finally {
        state.ended++;
      }
    },
  };
  return { source, state };
}

/** A relay, and what it sent: of each message its kind, id and first byte or code. */
function openRelay(source: PackSource) {
  const sent: unknown[][] = [];
  const send: RelayOptions["send"] = ({ part }) => {
    if (part?.case === "parcel") sent.push([part.value.id, part.value.parcel![0]]);
    if (part?.case === "end") sent.push([part.value.id, "end", part.value.problem?.code]);
    return Promise.resolve();
  };
  return { relay: new Relay({ source, request: REQUEST, blame: blameRequest, send }), sent };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

Deno.test("a relay sends no more than there is credit for", async () => {
  const { source, state } = endless();
  const { relay, sent } = openRelay(source);
  relay.start(call(1, 2));
  await until(() => state.made === 3); // the third waits for credit
  for (let i = 0; i < 20; i++) await turn();
  deepEqual([state.made, sent], [3, [[1, 0], [1, 1]]]);
  deepEqual(state.asked, [WANTED]);
  relay.grant(create(PackCreditSchema, { id: 1, parcels: 1 }));
  await until(() => state.made === 4);
  deepEqual(sent.at(-1), [1, 2]);
  relay.cancel(create(PackCancelSchema, { id: 1 }));
  await until(() => state.ended === 1);
  relay.cancel(create(PackCancelSchema, { id: 1 })); // crossed its end
  relay.grant(create(PackCreditSchema, { id: 1, parcels: 1 }));
  equal(sent.length, 3);
});

Deno.test("a relay tells how a source failed, and ends all when it is disposed of", async () => {
  const broken = openRelay(endless(new OrbitError("exhausted", "read: no more")).source);
  broken.relay.start(call(1, 1));
  await until(() => broken.sent.length > 0);
  deepEqual(broken.sent, [[1, "end", "exhausted"]]);
  const { source, state } = endless();
  {
    using relay = openRelay(source).relay;
    relay.start(call(1, 1));
    relay.start(call(2, 0));
    await until(() => state.made >= 3);
  }
  await until(() => state.ended === 2);
});

Deno.test("a relay lets a Star have so many calls at once", async () => {
  const { source } = endless();
  using relay = openRelay(source).relay;
  for (let id = 1; id <= 16; id++) relay.start(call(id, 0));
  let error: unknown;
  try {
    relay.start(call(17, 0));
  } catch (thrown) {
    error = thrown;
  }
  equal(error instanceof OrbitError && /too many at once/.test(error.message), true);
  await turn();
});

Deno.test("a relay answers no endless line of calls", async () => {
  const source: PackSource = { name: "empty", async *pack() {} };
  const { relay, sent } = openRelay(source);
  const callOn = async () => {
    for (let id = 1; id < 10_000; id++) {
      relay.start(call(id, 1));
      await until(() => sent.length === id);
    }
  };
  await rejects(callOn(), /pack_call\.id/);
  ok(sent.length < 100, `${sent.length} calls for two small files`);
});

Deno.test("a parcel out of a message has its buffer alone", () => {
  const message = new Uint8Array(100_000);
  const nearlyAll = message.subarray(20);
  equal(ownParcel(nearlyAll).buffer, message.buffer);
  for (const shared of [message.subarray(0, 99_000), message.subarray(0, 50)]) {
    const own = ownParcel(shared);
    equal(own.buffer.byteLength, shared.length);
    deepEqual(own, new Uint8Array(shared.length));
  }
  const short = new Uint8Array(10);
  equal(ownParcel(short).buffer === short.buffer, false);
});

Deno.test("a Star that asks for much and takes nothing costs a parcel a call", async () => {
  const { source, state } = endless();
  const stuck = Promise.withResolvers<void>();
  let relayed = 0;
  const relay = new Relay({
    ...{ source, request: REQUEST, blame: blameRequest },
    send: () => stuck.promise,
    onRelayed: (bytes) => relayed += bytes,
  });
  for (let id = 1; id <= 16; id++) relay.start(call(id, 64));
  for (let i = 0; i < 50; i++) await turn();
  equal(state.made, 16);
  equal(relayed, 0, "what wasn't passed on isn't counted");
  stuck.reject(new OrbitError("unavailable", "over"));
  await until(() => state.ended === 16);
  relay[Symbol.dispose]();
});

Deno.test("a relay counts what it passed on", async () => {
  const { source } = endless();
  let relayed = 0;
  const onRelayed = (bytes: number) => relayed += bytes;
  const send = () => Promise.resolve();
  using relay = new Relay({ source, request: REQUEST, blame: blameRequest, send, onRelayed });
  relay.start(call(1, 5));
  await until(() => relayed === 5);
  for (let i = 0; i < 10; i++) await turn();
  equal(relayed, 5);
});
