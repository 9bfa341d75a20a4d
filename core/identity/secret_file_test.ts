import assert from "node:assert/strict";
import { join } from "node:path";
import { readSecretFile, writePrivateFile } from "./secret_file.ts";
import { Secret } from "./secret.ts";
import { refusal } from "./test_help.ts";

const POSIX = Deno.build.os !== "windows";

function test(name: string, run: (folder: string) => void, ignore = false): void {
  Deno.test({
    name,
    ignore,
    fn: () => {
      const folder = Deno.makeTempDirSync({ prefix: "orbit-secret-" });
      try {
        run(folder);
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

function names(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder), ({ name }) => name).sort();
}

const contents: [what: string, content: string, secret: string][] = [
  ["without a newline", "s3cret", "s3cret"],
  ["without the newline at its end", "s3cret\n", "s3cret"],
  ["without the newline of Windows", "s3cret\r\n", "s3cret"],
  ["with all newlines but one", "a\nb\n\n", "a\nb\n"],
  ["with the spaces around it", "  s3cret ", "  s3cret "],
  ["up to 64 KiB", "x".repeat(64 * 1024), "x".repeat(64 * 1024)],
];
for (const [what, content, secret] of contents) {
  test(`readSecretFile gives a secret ${what}`, (folder) => {
    const path = join(folder, "secret");
    writePrivateFile(path, content);
    assert.equal(readSecretFile(path).reveal(), secret);
  });
}

const refused: [what: string, content: string | Uint8Array, says: string][] = [
  ["an empty file", "", "empty"],
  ["a file with a newline only", "\n", "empty"],
  ["a larger one than 64 KiB", "x".repeat(64 * 1024 + 1), "larger"],
  ["what isn't UTF-8", Uint8Array.of(0xff, 0xfe, 0x41), "UTF-8"],
];
for (const [what, content, says] of refused) {
  test(`readSecretFile refuses ${what}`, (folder) => {
    const path = join(folder, "secret");
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    Deno.writeFileSync(path, bytes, { mode: 0o600 });
    assert.throws(() => readSecretFile(path), refusal("invalid", says));
  });
}

for (const mode of [0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o644, 0o777]) {
  test(`readSecretFile refuses the mode ${mode.toString(8)}`, (folder) => {
    const path = join(folder, "secret");
    writePrivateFile(path, "s3cret");
    Deno.chmodSync(path, mode);
    assert.throws(() => readSecretFile(path), refusal("denied", "chmod 600"));
  }, !POSIX);
}

test("readSecretFile accepts a file that its owner can only read, through a link", (folder) => {
  const path = join(folder, "secret"), link = join(folder, "link");
  writePrivateFile(path, "s3cret");
  Deno.chmodSync(path, 0o400);
  Deno.symlinkSync(path, link);
  assert.equal(readSecretFile(link).reveal(), "s3cret");
}, !POSIX);

test("readSecretFile says what is missing, and refuses folders and devices", (folder) => {
  assert.throws(() => readSecretFile(join(folder, "none")), refusal("not_found", "none"));
  assert.throws(() => readSecretFile(folder), refusal("invalid", "not a file"));
  if (POSIX) assert.throws(() => readSecretFile("/dev/zero"), refusal("invalid", "not a file"));
});

test("readSecretFile doesn't wait at a named pipe", (folder) => {
  const pipe = join(folder, "pipe");
  new Deno.Command("mkfifo", { args: ["-m", "600", pipe] }).outputSync();
  assert.throws(() => readSecretFile(pipe), refusal("invalid", "not a file"));
}, !POSIX);

test("writePrivateFile makes a file for its owner alone, and nothing beside it", (folder) => {
  const path = join(folder, "key.pem");
  writePrivateFile(path, new Secret("s3cret"));
  assert.equal(Deno.readTextFileSync(path), "s3cret");
  assert.deepEqual(names(folder), ["key.pem"]);
  if (POSIX) assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
});

test("writePrivateFile replaces a file that everybody could read", (folder) => {
  const path = join(folder, "key.pem");
  Deno.writeTextFileSync(path, "old", { mode: 0o644 });
  using reader = Deno.openSync(path);
  writePrivateFile(path, "new");
  assert.equal(Deno.readTextFileSync(path), "new");
  if (POSIX) assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  // Who had opened the old one doesn't see the new.
  const buffer = new Uint8Array(8);
  assert.equal(new TextDecoder().decode(buffer.subarray(0, reader.readSync(buffer)!)), "old");
});

test("writePrivateFile replaces a link, not what it leads to", (folder) => {
  const target = join(folder, "target"), link = join(folder, "link");
  Deno.writeTextFileSync(target, "untouched");
  Deno.symlinkSync(target, link);
  writePrivateFile(link, "new");
  assert.equal(Deno.readTextFileSync(target), "untouched");
  assert.ok(Deno.lstatSync(link).isFile);
}, !POSIX);

test("writePrivateFile leaves nothing behind when it fails", (folder) => {
  Deno.mkdirSync(join(folder, "taken"));
  Deno.writeTextFileSync(join(folder, "taken", "inside"), "");
  assert.throws(() => writePrivateFile(join(folder, "taken"), "x"), refusal("conflict"));
  assert.deepEqual(names(folder), ["taken"]);
  assert.throws(() => writePrivateFile(join(folder, "no", "key"), "x"), refusal("not_found"));
});
