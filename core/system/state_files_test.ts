import { deepStrictEqual as deepEqual, match, strictEqual as equal } from "node:assert/strict";
import { openStateFiles } from "./state_files.ts";
import { makeDirectoryBed } from "./system_beds.ts";
import { rejectsAs } from "./system_conformance_help.ts";

const text = (value: string) => new TextEncoder().encode(value);
const asText = (bytes: Uint8Array | null) => bytes && new TextDecoder().decode(bytes);

Deno.test("state files are written, read, listed, replaced and removed", async () => {
  using directory = makeDirectoryBed();
  await using state = await openStateFiles(directory.path);
  deepEqual(await state.list(), []);
  equal(await state.read("key"), null);
  await state.write("key", text("one"));
  await state.write("cert", new Uint8Array(0));
  equal(asText(await state.read("key")), "one");
  await state.write("key", text("2"));
  equal(asText(await state.read("key")), "2");
  equal((await state.read("cert"))!.length, 0);
  deepEqual(await state.list(), ["cert", "key"]);
  equal(Deno.statSync(`${directory.path}/key`).mode! & 0o777, 0o600);
  await state.remove("key");
  await state.remove("key");
  deepEqual(await state.list(), ["cert"]);
});

Deno.test("what is added to a state file comes after what it has; there has to be one", async () => {
  using directory = makeDirectoryBed();
  await using state = await openStateFiles(directory.path);
  await rejectsAs("not_found", state.append("log", text("one\n")));
  deepEqual(await state.list(), []);
  await state.write("log", text("one\n"));
  await Promise.all([state.append("log", text("two\n")), state.append("log", text("three\n"))]);
  equal(asText(await state.read("log")), "one\ntwo\nthree\n");
  await rejectsAs("exhausted", state.append("log", new Uint8Array(16 * 1024 * 1024)));
});

Deno.test("state files are replaced as a whole, whatever a crash has left", async () => {
  using directory = makeDirectoryBed();
  Deno.writeTextFileSync(`${directory.path}/.key.new`, "half");
  Deno.writeTextFileSync(`${directory.path}/key`, "readable by all", { mode: 0o644 });
  await using state = await openStateFiles(directory.path);
  deepEqual(await state.list(), ["key"]);
  await state.write("key", text("whole"));
  deepEqual([...Deno.readDirSync(directory.path)].map(({ name }) => name), ["key"]);
  equal(Deno.statSync(`${directory.path}/key`).mode! & 0o777, 0o600);
});

for (
  const name of ["", ".", "..", ".hidden", "a/b", "../a", "/etc/passwd", "a\0b", "x".repeat(201)]
) {
  Deno.test(`state files refuse the name ${JSON.stringify(name).slice(0, 20)}`, async () => {
    using directory = makeDirectoryBed();
    await using state = await openStateFiles(directory.path);
    await rejectsAs("invalid", state.read(name));
    await rejectsAs("invalid", state.write(name, text("x")));
    await rejectsAs("invalid", state.append(name, text("x")));
    await rejectsAs("invalid", state.remove(name));
    deepEqual([...Deno.readDirSync(directory.path)], []);
  });
}

Deno.test("state files don't follow links, and replace one instead of what it leads to", async () => {
  using directory = makeDirectoryBed();
  const inside = `${directory.path}/state`;
  Deno.mkdirSync(inside);
  Deno.writeTextFileSync(`${directory.path}/secret`, "secret");
  Deno.symlinkSync("../secret", `${inside}/key`);
  await using state = await openStateFiles(inside);
  await rejectsAs("denied", state.read("key"));
  await rejectsAs("denied", state.append("key", text("own")));
  await state.write("key", text("own"));
  equal(asText(await state.read("key")), "own");
  equal(Deno.readTextFileSync(`${directory.path}/secret`), "secret");
});

Deno.test("state files have a bounded size and a bounded queue", async () => {
  using directory = makeDirectoryBed();
  await using state = await openStateFiles(directory.path);
  await rejectsAs("exhausted", state.write("large", new Uint8Array(16 * 1024 * 1024 + 1)));
  Deno.truncateSync(createEmpty(`${directory.path}/huge`), 16 * 1024 * 1024 + 1);
  await rejectsAs("exhausted", state.read("huge"));
  const calls = await Promise.allSettled(Array.from({ length: 300 }, () => state.list()));
  const refused = calls.filter((call) => call.status === "rejected");
  equal(refused.length, 300 - 256);
  for (const { reason } of refused) equal(reason.code, "exhausted");
});

Deno.test("state files that are closed finish what was asked, and refuse the rest", async () => {
  using directory = makeDirectoryBed();
  const state = await openStateFiles(directory.path);
  const written = state.write("key", text("x"));
  await state[Symbol.asyncDispose]();
  await written;
  equal(Deno.readTextFileSync(`${directory.path}/key`), "x");
  match((await rejectsAs("unavailable", state.list())).message, /closed/);
});

Deno.test("openStateFiles refuses a directory that isn't there", async () => {
  using directory = makeDirectoryBed();
  await rejectsAs("not_found", openStateFiles(`${directory.path}/missing`));
});

function createEmpty(path: string): string {
  Deno.writeFileSync(path, new Uint8Array(0));
  return path;
}
