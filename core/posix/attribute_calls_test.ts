import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import type { AttributeOwner } from "./attribute_calls.ts";
import { Errno } from "./errno.ts";
import { ignore, libc, makeFolder, openIn } from "./test_help.ts";

Deno.test({ name: "attributes are the same by file, by entry and by handle", ignore }, () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "odd\nname\udcff");
  const { attributes, entries, files, open } = libc;
  const byFile: AttributeOwner = { kind: "file", fd: file.fd };
  const byEntry: AttributeOwner = { kind: "entry", directory: folder.fd, name: "odd\nname\udcff" };
  equal(attributes.set(byFile, "user.one", Uint8Array.of(0, 255)), 0);
  equal(attributes.set(byEntry, "user.two", new Uint8Array()), 0);
  const handle = entries.openat(folder.fd, libc.name("odd\nname\udcff"), open.path);
  for (const owner of [byFile, byEntry, { kind: "handle", fd: handle } as const]) {
    deepEqual((attributes.list(owner) as string[]).sort(), ["user.one", "user.two"]);
    deepEqual(attributes.get(owner, "user.one"), Uint8Array.of(0, 255));
    deepEqual(attributes.get(owner, "user.two"), new Uint8Array());
    equal(attributes.get(owner, "user.none"), -Errno.ENODATA);
  }
  files.close(handle);
  equal(attributes.remove(byEntry, "user.one"), 0);
  equal(attributes.remove(byFile, "user.one"), -Errno.ENODATA);
  deepEqual(attributes.list(byFile), ["user.two"]);
});

Deno.test({ name: "attributes of a link are its own, not its target's", ignore }, () => {
  using folder = makeFolder();
  using file = openIn(folder.fd, "file");
  libc.attributes.set({ kind: "file", fd: file.fd }, "user.x", Uint8Array.of(1));
  Deno.symlinkSync("file", `${folder.path}/link`);
  const link = { kind: "entry", directory: folder.fd, name: "link" } as const;
  deepEqual(libc.attributes.list(link), []);
  equal(libc.attributes.get(link, "user.x"), -Errno.ENODATA);
  equal(libc.attributes.set(link, "user.x", Uint8Array.of(2)), -Errno.EPERM);
});
