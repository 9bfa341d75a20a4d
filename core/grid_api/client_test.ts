import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { GridApi, segment } from "./client.ts";

const encoder = new TextEncoder();

function api(answer: () => Response): GridApi {
  return new GridApi(() => Promise.resolve(answer()));
}

function streamOf(parts: string[], isBroken = false): Response {
  return new Response(
    new ReadableStream({
      start(controller) {
        for (const part of parts) controller.enqueue(encoder.encode(part));
        if (isBroken) controller.error(new TypeError("connection reset"));
        else controller.close();
      },
    }),
  );
}

function isCode(code: string, message?: RegExp) {
  return (error: unknown) =>
    error instanceof OrbitError && error.code === code &&
    (message === undefined || message.test(error.message));
}

Deno.test("GridApi asks below /api/v1, with what was given and nothing else", async () => {
  const asked: Request[] = [];
  const client = new GridApi((request) => {
    asked.push(request);
    return Promise.resolve(Response.json({}));
  });
  await client.json("/stars", { query: { after: "a b", limit: 5, status: undefined } });
  await client.json("/tokens", { method: "POST", body: { name: "é" } });
  assert.equal(new URL(asked[0].url).pathname, "/api/v1/stars");
  assert.equal(new URL(asked[0].url).search, "?after=a+b&limit=5");
  assert.equal(await asked[1].text(), '{"name":"é"}');
  assert.equal(asked[1].headers.get("content-type"), "application/json");
});

Deno.test("GridApi throws what the Nucleus says", async () => {
  const error = { code: "conflict", message: "no", detail: { retryable: true } };
  const client = api(() => Response.json({ error }, { status: 409 }));
  await assert.rejects(client.json("/x"), (thrown) => {
    assert(thrown instanceof OrbitError);
    assert.deepEqual([thrown.code, thrown.message, thrown.detail], ["conflict", "no", {
      retryable: true,
    }]);
    return true;
  });
});

Deno.test("GridApi takes nobody at their word who isn't a Nucleus", async () => {
  const answers: [answer: () => Response, message: RegExp][] = [
    [() => new Response("<html>", { status: 200 }), /no JSON/],
    [() => new Response("<html>", { status: 502 }), /status 502, and no JSON/],
    [() => Response.json({ error: "x" }, { status: 400 }), /status 400, and no reason/],
    [() => Response.json(null, { status: 400 }), /no reason/],
    [() => Response.json({ error: { code: "constructor", message: "x" } }, { status: 400 }), /no/],
    [() => new Response(new Uint8Array(17 * 1024 * 1024)), /more than 16777216 bytes/],
  ];
  for (const [answer, message] of answers) {
    await assert.rejects(api(answer).json("/x"), isCode("unavailable", message));
  }
  const long = { error: { code: "denied", message: "x".repeat(100_000), detail: 5 } };
  await assert.rejects(api(() => Response.json(long, { status: 403 })).json("/x"), (error) => {
    assert(error instanceof OrbitError);
    return error.message.length === 4096 && Object.keys(error.detail).length === 0;
  });
});

Deno.test("GridApi reads lines however they are cut, and leaves out signs of life", async () => {
  const client = api(() => streamOf(['{"a":', '1}\n\n{"b":"', 'é"}', "\n", "\n"]));
  assert.deepEqual(await Array.fromAsync(client.lines("/x")), [{ a: 1 }, { b: "é" }]);
});

Deno.test("GridApi notices lines that are cut off, broken, endless or no JSON", async () => {
  const cases: [answer: Response, code: string][] = [
    [streamOf(['{"a":1}\n{"b"']), "unavailable"],
    [streamOf(['{"a":1}\n'], true), "unavailable"],
    [streamOf(["x".repeat(1024 * 1024 + 1)]), "corrupt"],
    [streamOf(["nonsense\n"]), "unavailable"],
  ];
  for (const [answer, code] of cases) {
    await assert.rejects(Array.fromAsync(api(() => answer).lines("/x")), isCode(code));
  }
});

Deno.test("GridApi leaves an answer, or the wait for one, whether or not its transport hears of it", async () => {
  for (const answered of [true, false]) {
    const stop = new AbortController();
    const body = new ReadableStream({ start: (to) => to.enqueue(encoder.encode('{"line":1}\n')) });
    const client = new GridApi(() =>
      answered ? Promise.resolve(new Response(body)) : new Promise(() => {})
    );
    const lines = client.lines("/x", { signal: stop.signal });
    if (answered) assert.deepEqual(await lines.next(), { done: false, value: { line: 1 } });
    const next = lines.next();
    stop.abort(new Error("enough"));
    await assert.rejects(next, /^Error: enough$/);
  }
});

Deno.test("segment keeps a name one part of a path", () => {
  assert.equal(segment("a/../b?c#d"), "a%2F..%2Fb%3Fc%23d");
  assert.equal(segment("\ud800"), "%EF%BF%BD");
  for (const text of ["", ".", ".."]) assert.throws(() => segment(text), isCode("invalid"));
});
