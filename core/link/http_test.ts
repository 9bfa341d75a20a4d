import assert from "node:assert/strict";
import fc from "fast-check";
import type { LinkConnection } from "./connection.ts";
import { HttpConnection, type HttpRequest } from "./http.ts";

const REQUEST: HttpRequest = {
  host: "star",
  path: "/x",
  headers: { "x-orbit-link": "l" },
  body: new TextEncoder().encode("ask"),
};

/** A connection on which this comes, in pieces of these lengths in turn. */
function saying(bytes: Uint8Array, pieces: readonly number[] = [Infinity]) {
  let at = 0, turn = 0, said = "";
  const connection: LinkConnection = {
    read(into) {
      if (at === bytes.length) return Promise.resolve(null);
      const most = Math.min(into.length, pieces[turn++ % pieces.length]);
      const piece = bytes.subarray(at, at + most);
      into.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length);
    },
    write(bytes) {
      said += new TextDecoder().decode(bytes);
      return Promise.resolve();
    },
    close() {},
  };
  return { connection, said: () => said };
}

const text = (text: string) => new TextEncoder().encode(text);

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

function chunked(chunks: readonly Uint8Array[]): Uint8Array {
  const parts = chunks.flatMap((
    chunk,
  ) => [text(`${chunk.length.toString(16)}\r\n`), chunk, text("\r\n")]);
  return join(
    text("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
    ...parts,
    text("0\r\n\r\n"),
  );
}

async function readAll(http: HttpConnection, bufferBytes = 1 << 16): Promise<Uint8Array> {
  const answer = await http.ask(REQUEST);
  const all: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(bufferBytes);
    const count = await answer.read(into);
    all.push(into.slice(0, count));
    if (count < bufferBytes) return join(...all);
  }
}

Deno.test("HttpConnection reads answers however they are cut, one after another", async () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40_000 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(bytes, { maxLength: 4 }),
      bytes,
      fc.array(fc.integer({ min: 1, max: 20_000 }), { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 1, max: 50_000 }),
      async (chunks, plain, pieces, bufferBytes) => {
        const head = `HTTP/1.1 403 No\r\nContent-Length: ${plain.length}\r\n\r\n`;
        for (
          const [whole, body] of [
            [chunked(chunks), join(...chunks)],
            [join(text(head), plain), join(plain)],
          ]
        ) {
          const { connection } = saying(whole, pieces);
          const http = new HttpConnection(connection);
          assert.deepEqual(await readAll(http, bufferBytes), body);
          assert.ok(http.isFree);
        }
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("HttpConnection asks as HTTP/1.1 does, and closes when the other end is about to", async () => {
  const { connection, said } = saying(
    text("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
  );
  const http = new HttpConnection(connection);
  assert.equal((await http.ask(REQUEST)).status, 200);
  assert.equal(
    said(),
    "POST /x HTTP/1.1\r\nhost: star\r\nx-orbit-link: l\r\ncontent-length: 3\r\n\r\nask",
  );
  assert.equal(http.isFree, false);
});

Deno.test("HttpConnection isn't used again after more came than was told", async () => {
  const more = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n";
  const http = new HttpConnection(saying(text(more)).connection);
  assert.equal((await readAll(http)).length, 1);
  assert.equal(http.isFree, false);
});

Deno.test.each([
  "",
  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfour",
  "HTTP/1.1 200 OK\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
  "HTTP/1.1 200 OK\r\nContent-Length: 1e3\r\n\r\n",
  "HTTP/1.1 100 Continue\r\n\r\n",
  "SSH-2.0-OpenSSH\r\n\r\n",
  `HTTP/1.1 200 OK\r\nA: ${"a".repeat(9000)}\r\n\r\n`,
  "HTTP/1.1 200 OK\r\nno header\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nA: trailer\r\n\r\n",
])("HttpConnection refuses what is no whole answer", async (answer) => {
  const http = new HttpConnection(saying(text(answer)).connection);
  await assert.rejects(readAll(http), { code: "unavailable" });
});
