import assert from "node:assert/strict";
import { join } from "node:path";
import { readSecret, type SecretSources } from "./read_secret.ts";
import { writePrivateFile } from "./secret_file.ts";
import { refusal } from "./test_help.ts";

const what = "join token";
const env = { name: "ORBIT_STAR_TOKEN", value: "from-env" };

function stream(...chunks: (string | Uint8Array)[]): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return ReadableStream.from(
    chunks.map((chunk) => typeof chunk === "string" ? encoder.encode(chunk) : chunk),
  );
}

async function read(sources: Omit<SecretSources, "what">): Promise<[string, string]> {
  const { secret, from } = await readSecret({ what, ...sources });
  return [secret.reveal(), from];
}

Deno.test("readSecret takes the file before standard input, and that before a variable", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "orbit-secret-" });
  try {
    const file = join(folder, "token");
    writePrivateFile(file, "from-file\n");
    const stdin = stream("from-stdin\n");
    const named = `file ${JSON.stringify(file)}`;
    assert.deepEqual(await read({ file, stdin, env }), ["from-file", named]);
    assert.ok(!stdin.locked);
    assert.deepEqual(await read({ stdin, env }), ["from-stdin", "standard input"]);
    assert.deepEqual(await read({ env }), ["from-env", "variable ORBIT_STAR_TOKEN"]);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("readSecret doesn't fall back from a source that is bad", async () => {
  const missing = readSecret({ what, file: "/nowhere/at/all", stdin: stream("x"), env });
  await assert.rejects(missing, refusal("not_found", "/nowhere/at/all"));
  const empty = readSecret({ what, stdin: stream(), env });
  await assert.rejects(empty, refusal("invalid", "standard input"));
  const unset = readSecret({ what, env: { name: "X", value: "" } });
  await assert.rejects(unset, refusal("invalid", "variable X"));
});

Deno.test("readSecret says when there is none", async () => {
  const none = readSecret({ what, env: { name: "X", value: undefined } });
  await assert.rejects(none, refusal("not_found", "join token"));
});

const inputs: [what: string, chunks: (string | Uint8Array)[], secret: string][] = [
  ["to its end", ["abc"], "abc"],
  ["to the first newline", ["abc\ndef\n"], "abc"],
  ["in pieces", ["a", "b", "", "c\n", "d"], "abc"],
  ["with a split character", [Uint8Array.of(0xc3), Uint8Array.of(0xa9, 0x0a)], "é"],
  ["with 64 KiB", ["x".repeat(65_534), "y\n"], "x".repeat(65_534) + "y"],
  ["with the newline of Windows", ["abc\r", "\ndef"], "abc"],
];
for (const [how, chunks, secret] of inputs) {
  Deno.test(`readSecret reads standard input ${how}`, async () => {
    assert.equal((await read({ stdin: stream(...chunks) }))[0], secret);
  });
}

Deno.test("readSecret doesn't wait for the end of standard input behind a line", async () => {
  const stdin = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode("typed\n")),
  });
  assert.equal((await read({ stdin }))[0], "typed");
});

Deno.test("readSecret reads no more than it must of standard input without end", async () => {
  let bytes = 0;
  const stdin = new ReadableStream<Uint8Array>({
    pull: (controller) => {
      bytes += 1024;
      controller.enqueue(new Uint8Array(1024).fill(0x41));
    },
  });
  await assert.rejects(readSecret({ what, stdin }), refusal("invalid", "larger"));
  assert.ok(bytes <= 67 * 1024, `${bytes}`);
});

for (const [how, chunk] of [["empty line", "\n"], ["\\r alone", "\r\n"]]) {
  Deno.test(`readSecret refuses an ${how} on standard input`, async () => {
    await assert.rejects(readSecret({ what, stdin: stream(chunk) }), refusal("invalid", "empty"));
  });
}

Deno.test("readSecret stops waiting when it is told to", async () => {
  const stop = new AbortController();
  const reason = new Error("enough");
  const waiting = readSecret({ signal: stop.signal, what, stdin: new ReadableStream() });
  stop.abort(reason);
  await assert.rejects(waiting, (error) => error === reason);
  const late = readSecret({ signal: stop.signal, what, env });
  await assert.rejects(late, (error) => error === reason);
});
