import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { ManualClock } from "#core/clock.ts";
import { type ErrorCode, OrbitError } from "#core/errors.ts";
import { Secret } from "#core/identity/secret.ts";
import { LinkMeter } from "#core/link/meter.ts";
import { type Caller, createInProcessCaller } from "#core/rpc/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { openMemoryFiles } from "../testing/memory_files.ts";
import { FailureLimit } from "./failure_limit.ts";
import { serveManually } from "./service.ts";

const content = new Uint8Array([1, 2, 3, 4, 5]);
const big = new Uint8Array(200_000).map((_, i) => i * 7);
const authSecret = new Secret("lab secret");

async function openBed() {
  const memory = await openMemoryFiles({ small: content, big });
  const clock = new ManualClock(), meter = new LinkMeter();
  const served = serveManually({
    ...{ files: memory.files, system: memory.system, capabilities: ["scan"], clock, authSecret },
    token: new Secret("right"),
    peers: { addresses: [] },
    ...{ meter, failures: new FailureLimit(clock) },
    closing: memory.closing.signal,
  });
  return {
    ...memory,
    clock,
    meter,
    caller: createInProcessCaller([served], { peer: "10.0.0.1:5" }),
  };
}

function isCode(code: ErrorCode) {
  return (error: unknown) => {
    assert.ok(error instanceof OrbitError, `${error}`);
    assert.equal(error.code, code, error.message);
    return true;
  };
}

function sign(file: string, nowMs: number): Promise<string> {
  const iat = nowMs / 1000;
  return new SignJWT({
    sub: "transfer",
    allow_file: file,
    iss: "orbit-nucleus",
    iat,
    exp: iat + 60,
  })
    .setProtectedHeader({ alg: "HS256" }).sign(new TextEncoder().encode(authSecret.reveal()));
}

type ReadRequest = { path: string; transferToken: string; offset?: bigint; length?: bigint };

async function read(caller: Caller, request: ReadRequest) {
  const sizes: number[] = [];
  const parts: number[] = [];
  for await (const { chunk } of caller.serverStream(StarService.method.readStream, request)) {
    sizes.push(chunk.length);
    parts.push(...chunk);
  }
  return { sizes, bytes: new Uint8Array(parts) };
}

const { handshake, readHeader } = StarService.method;

Deno.test("manual mode opens sessions to who knows the token, and files to sessions", async () => {
  await using bed = await openBed();
  const { accepted, sessionId, expiresInS, capabilities } = await bed.caller.unary(handshake, {
    starToken: "right",
  });
  assert.deepEqual([accepted, expiresInS, capabilities], [true, 3600, [
    "scan",
    "read-stream",
    "replicate-file",
  ]]);
  const ask = (metadata: Record<string, string>) =>
    bed.caller.unary(readHeader, { path: "/data/small", length: 4 }, { metadata });
  for (const name of ["x-orbit-session", "session-id"]) {
    assert.deepEqual((await ask({ [name]: sessionId })).data.slice(), content.slice(0, 4));
  }
  await assert.rejects(ask({}), isCode("unauthenticated"));
  await assert.rejects(ask({ "x-orbit-session": "another" }), isCode("unauthenticated"));
});

Deno.test("manual mode refuses wrong tokens, and after five of them right ones, too", async () => {
  await using bed = await openBed();
  for (const starToken of ["", "wrong", "righ", "rightt", "RIGHT"]) {
    await assert.rejects(bed.caller.unary(handshake, { starToken }), isCode("unauthenticated"));
  }
  const again = () => bed.caller.unary(handshake, { starToken: "right" });
  await assert.rejects(again(), isCode("exhausted"));
  await bed.clock.advance(5000);
  assert.ok((await again()).accepted);
});

Deno.test("ReadStream gives the bytes of the file that the token names, and no session", async () => {
  await using bed = await openBed();
  const transferToken = await sign("/data/big", bed.clock.now());
  const whole = await read(bed.caller, { path: "/data/big", transferToken });
  assert.deepEqual(whole.sizes.slice(0, 3), [65_536, 65_536, 65_536]);
  assert.deepEqual(whole.bytes, big);
  const range = { offset: 65_000n, length: 100_000n };
  const part = await read(bed.caller, { path: "/data//./big", transferToken, ...range });
  assert.deepEqual(part.bytes, big.slice(65_000, 165_000));
});

Deno.test("ReadStream refuses another file, a bad token and a path outside", async () => {
  await using bed = await openBed();
  const { caller, clock } = bed;
  const forBig = await sign("/data/big", clock.now());
  const cases: [path: string, token: string][] = [
    ["/data/small", forBig],
    ["/data/../data/small", forBig],
    ["data/big", forBig],
    ["", forBig],
    ["/data/big", `${forBig}x`],
    ["/data/big", ""],
    ["/etc/passwd", await sign("/etc/passwd", clock.now())],
    ["/data/../etc/passwd", await sign("/etc/passwd", clock.now())],
  ];
  for (const [path, transferToken] of cases) {
    await assert.rejects(read(caller, { path, transferToken }), isCode("denied"), path);
  }
});

Deno.test("ReadStream refuses ranges that leave the file, and files that aren't there", async () => {
  await using bed = await openBed();
  const { caller, clock } = bed;
  const transferToken = await sign("/data/big", clock.now());
  const path = "/data/big";
  for (const offset of [200_001n, 2n ** 63n]) {
    await assert.rejects(read(caller, { path, transferToken, offset }), isCode("invalid"));
  }
  const missing = await sign("/data/none", clock.now());
  await assert.rejects(
    read(caller, { path: "/data/none", transferToken: missing }),
    isCode("not_found"),
  );
});

Deno.test("ReadStream ends when the Star stops", async () => {
  await using bed = await openBed();
  const transferToken = await sign("/data/big", bed.clock.now());
  const stream = bed.caller.serverStream(StarService.method.readStream, {
    path: "/data/big",
    transferToken,
  })[Symbol.asyncIterator]();
  await stream.next();
  bed.closing.abort(new OrbitError("unavailable", "stopping"));
  await assert.rejects(async () => {
    while (!(await stream.next()).done);
  }, isCode("unavailable"));
});

Deno.test("each token for a file that is refused is DENIED, and counted", async () => {
  await using bed = await openBed();
  const now = bed.clock.now();
  const good = await sign("/small", now);
  const [head, body, signature] = good.split(".");
  const encode = (part: object) =>
    new TextEncoder().encode(JSON.stringify(part)).toBase64({
      alphabet: "base64url",
      omitPadding: true,
    });
  const bad: Record<string, string> = {
    nothing: "",
    none: `${encode({ alg: "none" })}.${body}.`,
    "another algorithm": `${encode({ alg: "EdDSA" })}.${body}.${signature}`,
    "another signature": `${head}.${body}.${signature.slice(0, -4)}AAAA`,
    "another body": `${head}.${encode({ allow_file: "/big" })}.${signature}`,
    expired: await sign("/small", now - 600_000),
    "another file": await sign("/big", now),
    "1 MB": good + "A".repeat(1 << 20),
  };
  let count = 0;
  for (const [name, transferToken] of Object.entries(bad)) {
    // Strangers may be wrong only so often.
    await bed.clock.advance(60_000 / 12);
    const fresh = name === "another file" ? await sign("/big", bed.clock.now()) : transferToken;
    const reading = read(bed.caller, { path: "/small", transferToken: fresh });
    await assert.rejects(reading, isCode("denied"), name);
    assert.equal(bed.meter.totals.grantsRefused, ++count, name);
  }
});
