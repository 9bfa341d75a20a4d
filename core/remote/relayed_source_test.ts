import {
  deepStrictEqual as deepEqual,
  rejects,
  strictEqual as equal,
  throws,
} from "node:assert/strict";
import { create } from "@bufbuild/protobuf";
import { OrbitError } from "#core/errors.ts";
import { RelayedParcelSchema, RelayEndSchema } from "#proto/gen/orbit/v1/files_pb.ts";
import { RelayedSource } from "./relayed_source.ts";
import { TransferNews } from "./transfer_news.ts";

const REQUEST = { sources: ["/"], items: [{ source: 0, path: "a" }], followLinks: false };
const parcel = (id: number, byte = 0) =>
  create(RelayedParcelSchema, { id, parcel: Uint8Array.of(byte) });
const end = (id: number, code?: string) =>
  create(RelayEndSchema, { id, problem: code ? { code, message: "told" } : undefined });
const isCode = (code: string) => (error: unknown) =>
  error instanceof OrbitError && error.code === code;

/** A source, and what it told since it was last asked. */
function openSource() {
  const news = new TransferNews(new AbortController().signal);
  const told = () =>
    [...news.take()].map(({ news }) => {
      const { case: what, value } = news as { case: string; value: object };
      return { what, ...value } as { what: string; id: number; credit: number; parcels: number };
    });
  return { source: new RelayedSource(news), told };
}

Deno.test("a relayed source calls, takes what comes, and gives credit for it", async () => {
  const { source, told } = openSource();
  const parcels = source.pack(REQUEST)[Symbol.asyncIterator]();
  const first = parcels.next();
  const [{ what, id, credit }] = told();
  deepEqual([what, id, credit], ["packCall", 1, 4]);
  for (let i = 0; i < credit; i++) source.parcel(parcel(1, i));
  equal((await first).value![0], 0);
  equal((await parcels.next()).value![0], 1);
  deepEqual(told().map(({ what, parcels }) => [what, parcels]), [["packCredit", 2]]);
  source.parcel(parcel(1, 4)), source.parcel(parcel(1, 5)), source.end(end(1));
  for (const byte of [2, 3, 4, 5]) equal((await parcels.next()).value![0], byte);
  equal((await parcels.next()).done, true);
  deepEqual(told().map(({ what }) => what), ["packCredit"]);
});

Deno.test("a relayed source refuses more than there is credit for, and what follows an end", async () => {
  const { source } = openSource();
  const first = source.pack(REQUEST).next();
  const second = source.pack(REQUEST).next();
  for (let i = 0; i < 4; i++) source.parcel(parcel(1));
  await first; // which gives credit for one
  source.parcel(parcel(1));
  throws(() => source.parcel(parcel(1)), isCode("invalid"));
  source.end(end(2));
  throws(() => source.parcel(parcel(2)), isCode("invalid"));
  throws(() => source.end(end(2)), isCode("invalid"));
  throws(() => source.parcel(parcel(3)), isCode("invalid"));
  throws(() => source.end(end(0)), isCode("invalid"));
  equal((await second).done, true);
});

Deno.test("a relayed source that is left cancels its call, and lets what is on its way pass", async () => {
  const { source, told } = openSource();
  const parcels = source.pack(REQUEST);
  const first = parcels.next();
  source.parcel(parcel(1));
  await first;
  await parcels.return(undefined);
  deepEqual(told().map(({ what }) => what), ["packCall", "packCancel"]);
  source.parcel(parcel(1)), source.end(end(1));
  const controller = new AbortController();
  const waiting = source.pack(REQUEST, { signal: controller.signal }).next();
  controller.abort(new Error("enough"));
  await rejects(waiting, controller.signal.reason);
  deepEqual(told().map(({ what, id }) => [what, id]), [["packCall", 2], ["packCancel", 2]]);
});

Deno.test("a relayed source fails as its caller's source did", async () => {
  const { source } = openSource();
  const waiting = source.pack(REQUEST).next();
  source.end(end(1, "denied"));
  await rejects(waiting, isCode("denied"));
  const lied = source.pack(REQUEST).next();
  throws(() => source.end(end(2, "great")), isCode("invalid"));
  source.end(end(2));
  equal((await lied).done, true);
});
