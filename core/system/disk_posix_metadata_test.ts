/** Metadata that only the posix driver has: ACLs, specials, attributes of odd entries. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { systemError } from "#core/errors.ts";
import { describeOne, failsWith, putFile, refusedAs, toBytes } from "./disk_conformance_help.ts";
import { testPosix } from "./disk_posix_help.ts";
import { applyMetadata, type MetadataTarget } from "./disk_posix_metadata.ts";
import type { AttributeStore } from "./disk_posix_attributes.ts";
import { type Attributes, FileType } from "./scan_batch.ts";

const isRoot = Deno.build.os !== "windows" && Deno.uid() === 0;

/** An ACL: user::rw-, user:1234:r--, group::r--, mask::r--, other::--- (`posix_acl_xattr.h`). */
const ACL = Uint8Array.from([
  [2, 0, 0, 0],
  [1, 0, 6, 0, 255, 255, 255, 255],
  [2, 0, 4, 0, 0xd2, 4, 0, 0],
  [4, 0, 4, 0, 255, 255, 255, 255],
  [16, 0, 4, 0, 255, 255, 255, 255],
  [32, 0, 0, 0, 255, 255, 255, 255],
].flat());

testPosix(
  "ACLs are the attributes they are stored as, and come apart from the others",
  ({ tree }) => {
    putFile(tree, "file");
    const acl: Attributes = [["system.posix_acl_access", ACL]];
    const other: Attributes = [["user.x", toBytes("1")]];
    tree.apply("file", { attributes: [...acl, ...other] });
    deepEqual(tree.attributes("file", "acl"), acl);
    deepEqual(tree.attributes("file", "xattr"), other);
    deepEqual(tree.attributes("file", "all"), [...acl, ...other]);
    equal(tree.facts("file")!.mode & 0o7777, 0o640);
    deepEqual(describeOne(tree, "", "file", { attributes: "acl" })!.attributes, acl);
    tree.makeDirectory("directory", 0o755);
    const both: Attributes = [...acl, ["system.posix_acl_default", ACL]];
    tree.apply("directory", { attributes: both });
    deepEqual(tree.attributes("directory", "all"), both);
    tree.apply("directory", { attributes: [] });
    deepEqual(tree.attributes("directory", "all"), []);
  },
);

testPosix("attributes of the base, of links and of specials can be asked for", ({ tree }) => {
  tree.apply("", { attributes: [["user.base", toBytes("1")]] });
  deepEqual(tree.attributes("", "all"), [["user.base", toBytes("1")]]);
  tree.makeLink("link", "nowhere");
  tree.makeSpecial("fifo", FileType.fifo, 0, 0);
  for (const path of ["link", "fifo"]) {
    deepEqual(tree.attributes(path, "all"), []);
    tree.apply(path, { attributes: [] });
    refusedAs("denied", () => tree.apply(path, { attributes: [["user.x", toBytes("1")]] }));
  }
  failsWith("ENOENT", () => tree.attributes("missing", "all"));
});

testPosix("attributes of a link's referent come with it", ({ tree }) => {
  putFile(tree, "file");
  tree.apply("file", { attributes: [["user.x", toBytes("1")]] });
  tree.makeLink("link", "file");
  const entry = describeOne(tree, "", "link", { follow: true, attributes: "all" })!;
  deepEqual(entry.attributes, [["user.x", toBytes("1")]]);
  const link = describeOne(tree, "", "link", { attributes: "all" })!;
  equal(link.attributes, undefined);
});

testPosix("attributes outside the listed namespaces are refused", ({ tree }) => {
  putFile(tree, "file");
  for (const name of ["system.x", "security.selinux", "nothing"]) {
    failsWith("EOPNOTSUPP", () => tree.apply("file", { attributes: [[name, toBytes("1")]] }));
  }
  if (!isRoot) return;
  const trusted: Attributes = [["security.orbit", toBytes("s")], ["trusted.orbit", toBytes("t")]];
  tree.apply("file", { attributes: trusted });
  deepEqual(tree.attributes("file", "all"), trusted);
});

testPosix("specials of every kind are made, and nothing else", ({ tree }) => {
  tree.makeSpecial("socket", FileType.socket | 0o777, 0, 0);
  equal(tree.facts("socket")!.mode & FileType.mask, FileType.socket);
  for (const type of [FileType.file, FileType.directory, FileType.link, 0]) {
    refusedAs("invalid", () => tree.makeSpecial("new", type | 0o600, 0, 0));
  }
  if (!isRoot) return refusedAs("denied", () => tree.makeSpecial("null", FileType.character, 1, 3));
  tree.makeSpecial("null", FileType.character, 1, 3);
  const entry = describeOne(tree, "", "null")!;
  deepEqual([entry.rdevMajor, entry.rdevMinor], [1, 3]);
});

testPosix("sockets and devices are not opened as files", ({ tree }) => {
  tree.makeSpecial("socket", FileType.socket, 0, 0);
  tree.makeSpecial("fifo", FileType.fifo, 0, 0);
  for (const path of ["socket", "fifo"]) {
    refusedAs("invalid", () => tree.openFile(path));
    refusedAs("invalid", () => tree.openForWriting(path));
  }
});

testPosix("values that mean something else to the system are refused", ({ tree }) => {
  putFile(tree, "file");
  tree.apply("file", { mtime: 5, mtimeNs: 0 });
  const wrong = [
    { uid: 2 ** 32 - 1 },
    { gid: -1 },
    { mtime: 1.5 },
    { mtime: 1, mtimeNs: 0x3fffffff },
    { mtime: 1, mtimeNs: -1 },
    { mtime: NaN },
  ];
  for (const metadata of wrong) refusedAs("invalid", () => tree.apply("file", metadata));
  equal(tree.facts("file")!.mtime, 5);
});

/** A target that notes what is asked of it, and lets attributes be set only while it is writable. */
function makeTarget(mode: number): [MetadataTarget, AttributeStore, string[]] {
  const calls: string[] = [];
  const target: MetadataTarget = {
    attributes: { kind: "file", fd: -1 },
    setOwner: (uid, gid) => calls.push(`owner ${uid} ${gid}`) && 0,
    setPermissions: (permissions) => calls.push(`mode ${(mode = permissions).toString(8)}`) && 0,
    setTime: (seconds, nanoseconds) => calls.push(`time ${seconds} ${nanoseconds}`) && 0,
    permissions: () => mode,
  };
  const replace = () => {
    if ((mode & 0o200) === 0) throw systemError("EACCES", "set", "file");
    calls.push("attributes");
  };
  return [target, { replace } as unknown as AttributeStore, calls];
}

Deno.test("applyMetadata sets owner, attributes, permissions and times in this order", () => {
  const [target, store, calls] = makeTarget(0o600);
  const metadata = { mtime: 1, mtimeNs: 2, permissions: 0o444, gid: 7, attributes: [] };
  applyMetadata(target, metadata, store, "file");
  deepEqual(calls, ["owner -1 7", "attributes", "mode 444", "time 1 2"]);
});

Deno.test("applyMetadata makes a read-only file writable for its attributes, and undoes it", () => {
  const [target, store, calls] = makeTarget(0o444);
  applyMetadata(target, { attributes: [] }, store, "file");
  deepEqual(calls, ["mode 644", "attributes", "mode 444"]);
  const [again, sameStore, moreCalls] = makeTarget(0o444);
  applyMetadata(again, { attributes: [], permissions: 0o400 }, sameStore, "file");
  deepEqual(moreCalls, ["mode 644", "attributes", "mode 400"]);
});
