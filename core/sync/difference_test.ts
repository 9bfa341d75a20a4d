import assert from "node:assert/strict";
import { FileType, ScanBatch } from "#core/system/scan_batch.ts";
import { ScanBatchBuilder } from "#core/system/scan_batch_builder.ts";
import { Comparer, Difference } from "./difference.ts";
import { defaultSyncOptions, type SyncOptions } from "./options.ts";

const plain = {
  mode: FileType.file | 0o644,
  uid: 1,
  gid: 2,
  nlink: 1,
  size: 10,
  mtime: -5,
  mtimeNs: 999_999_999,
  rdevMajor: 0,
  rdevMinor: 0,
  blocks: 8,
  ino: 1,
  devMajor: 0,
  devMinor: 0,
};

type Change = Partial<typeof plain> & {
  linkBytes?: Uint8Array;
  attributes?: [string, Uint8Array][];
};

function compare(
  a: Change,
  b: Change,
  more: { preserve?: Partial<SyncOptions["preserve"]>; step?: number; groups?: number[] } = {},
): number {
  const builder = new ScanBatchBuilder();
  for (const change of [a, b]) builder.addEntry(new Uint8Array([97]), { ...plain, ...change });
  builder.endPart("", { last: true, complete: true, exists: true });
  const batch = new ScanBatch(builder.take());
  const preserve = { ...defaultSyncOptions().preserve, ...more.preserve };
  return new Comparer(preserve, more.step ?? 1, more.groups).compare(batch, 0, batch, 1);
}

Deno.test("Comparer finds each difference, and none between equal entries", () => {
  const link = FileType.link | 0o777;
  const device = FileType.block | 0o600;
  const bytes = (text: string) => new TextEncoder().encode(text);
  const all = { preserve: { attributes: true, acls: true } };
  assert.equal(compare({}, {}), 0);
  assert.equal(compare({}, { mode: link }), Difference.type);
  assert.equal(compare({}, { size: 2 ** 32 + 10 }), Difference.size);
  assert.equal(compare({}, { mtimeNs: 0 }), Difference.time);
  assert.equal(compare({}, { mtime: -6 }), Difference.time);
  assert.equal(compare({}, { mode: FileType.file | 0o4644 }), Difference.permissions);
  assert.equal(compare({}, { uid: 9, gid: 9 }), Difference.owner | Difference.group);
  assert.equal(
    compare({ mode: link, linkBytes: bytes("a") }, { mode: link, linkBytes: bytes("b") }),
    Difference.target,
  );
  assert.equal(compare({ mode: device }, { mode: device, rdevMinor: 1 }), Difference.target);
  assert.equal(compare({ attributes: [["user.a", bytes("1")]] }, {}, all), Difference.attributes);
  assert.equal(
    compare({}, { attributes: [["system.posix_acl_access", bytes("1")]] }, all),
    Difference.acl,
  );
});

Deno.test("Comparer overlooks what isn't kept", () => {
  const preserve = { times: false, permissions: false, owner: false, group: false };
  const other = { mtime: 1, mode: FileType.file | 0o600, uid: 7, gid: 7 };
  assert.equal(compare({}, other, { preserve }), 0);
  assert.equal(compare({ mode: FileType.link | 0o777 }, { mode: FileType.link | 0o700 }), 0);
});

Deno.test("Comparer overlooks a group that the user can't give", () => {
  assert.equal(compare({ gid: 5 }, { gid: 6 }, { groups: [6, 7] }), 0);
  assert.equal(compare({ gid: 7 }, { gid: 6 }, { groups: [6, 7] }), Difference.group);
});

Deno.test("Comparer takes times for equal that differ by less than the coarser clock's step", () => {
  const step = 1_000_000;
  assert.equal(compare({ mtimeNs: 1_000_000 }, { mtimeNs: 1_999_999 }, { step }), 0);
  assert.equal(compare({ mtimeNs: 0 }, { mtimeNs: 1_000_000 }, { step }), Difference.time);
  assert.equal(compare({ mtime: 1, mtimeNs: 0 }, { mtime: 0, mtimeNs: 999_999_999 }, { step }), 0);
});
