/** Stars that listen: within a grid, and without one. */
import assert from "node:assert/strict";
import { SignJWT } from "jose";
import { starServerName } from "#core/identity/mod.ts";
import { OrbitError } from "#core/errors.ts";
import { type ClientTls, openGrpcCaller } from "#core/rpc/mod.ts";
import { StarService } from "#proto/gen/orbit/v1/star_pb.ts";
import { FakeNucleus } from "../../star/testing/fake_nucleus.ts";
import { joinFake } from "../../star/testing/fake_star.ts";
import { makeStarBed, type StarBed } from "./star_process.ts";

const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };
const { handshake, readHeader, readStream, calculateHash } = StarService.method;

function codeOf(call: Promise<unknown>): Promise<string> {
  return call.then(() => "done", (error) => error instanceof OrbitError ? error.code : `${error}`);
}

Deno.test("a Star that listens serves its Nucleus and nobody else", LEAVES_TIMERS, async () => {
  using bed = makeStarBed();
  await using nucleus = await FakeNucleus.open();
  await bed.join(nucleus);
  await using _star = bed.startRun("--listen=127.0.0.1:0");
  const { starId, hello } = await nucleus.link(1);
  const address = hello.listenAddress;
  assert.match(address, /^127\.0\.0\.1:\d+$/);
  const credentials = await nucleus.credentials();
  const dial = (tls: ClientTls) => openGrpcCaller({ address, tls });
  const serverName = starServerName(starId);

  await using caller = dial({ ...credentials, serverName });
  const path = `${bed.data}/file`;
  const ask = (metadata: Record<string, string>) =>
    caller.unary(readHeader, { path, length: 7 }, { metadata });
  assert.equal(await codeOf(ask({})), "unauthenticated");
  const { sessionId } = await caller.unary(handshake, {});
  const { data } = await ask({ "x-orbit-session": sessionId });
  assert.equal(new TextDecoder().decode(data), "content");

  const another = await joinFake(nucleus);
  await using star = dial({ ...another, serverName });
  assert.equal(await codeOf(star.unary(handshake, {})), "denied");
  await using stranger = dial({ authorityPem: credentials.authorityPem, serverName });
  assert.equal(await codeOf(stranger.unary(handshake, {})), "unavailable");
  await using foreignNucleus = await FakeNucleus.open();
  const { certificatePem, keyPem } = await foreignNucleus.credentials();
  const { authorityPem } = credentials;
  await using foreign = dial({ authorityPem, certificatePem, keyPem, serverName });
  assert.equal(await codeOf(foreign.unary(handshake, {})), "unavailable");
});

function manualArgs(bed: StarBed): string[] {
  return ["--port=0", `--allow=${bed.data}`, "--token=right"];
}

Deno.test(
  "manual mode serves sessions and transfer tokens, and ends with 0",
  LEAVES_TIMERS,
  async () => {
    using bed = makeStarBed();
    const env = { ORBIT_AUTH_SECRET: "lab secret" };
    await using star = bed.start(manualArgs(bed), env);
    const [, address] = await star.waitFor(/listening address=(\S+)/, "stderr");
    await using caller = openGrpcCaller({ address, tls: null });
    assert.equal(await codeOf(caller.unary(handshake, { starToken: "wrong" })), "unauthenticated");
    const { sessionId } = await caller.unary(handshake, { starToken: "right" });
    const metadata = { "session-id": sessionId };
    const hash = (path: string) => codeOf(caller.unary(calculateHash, { path }, { metadata }));
    assert.equal(await hash(`${bed.data}/file`), "done");
    assert.equal(await hash("/etc/passwd"), "denied");
    assert.equal(await hash(`${bed.data}/link`), "denied");

    const sign = (file: string) =>
      new SignJWT({ sub: "transfer", allow_file: file, iss: "orbit-nucleus" })
        .setProtectedHeader({ alg: "HS256" }).setIssuedAt().setExpirationTime("1h")
        .sign(new TextEncoder().encode("lab secret"));
    const read = async (path: string, transferToken: string) => {
      const pieces = await Array.fromAsync(
        caller.serverStream(readStream, { path, transferToken }),
      );
      return new TextDecoder().decode(pieces[0].chunk);
    };
    const file = `${bed.data}/file`;
    assert.equal(await read(file, await sign(file)), "content");
    assert.equal(await codeOf(read(file, await sign(`${bed.data}/link`))), "denied");
    assert.equal(await codeOf(read("/etc/passwd", await sign("/etc/passwd"))), "denied");
    star.kill("SIGTERM");
    const { code, stderr } = await star.result;
    assert.equal(code, 0, stderr);
    assert.ok(!/lab secret|right/.test(stderr), stderr);
  },
);

Deno.test("manual mode serves by TLS with a certificate of one's own", LEAVES_TIMERS, async () => {
  using bed = makeStarBed();
  await using nucleus = await FakeNucleus.open();
  const { authorityPem, certificatePem, keyPem } = await nucleus.credentials();
  const place = bed.outside;
  Deno.writeTextFileSync(`${place}/crt`, certificatePem);
  Deno.writeTextFileSync(`${place}/key`, keyPem.reveal(), { mode: 0o600 });
  Deno.writeTextFileSync(`${place}/ca`, authorityPem);
  const tls = [`--tls-cert=${place}/crt`, `--tls-key=${place}/key`];
  for (const closed of [false, true]) {
    const args = [...manualArgs(bed), "--auth-secret=s", "--host=0.0.0.0", ...tls];
    if (closed) args.push(`--tls-ca=${place}/ca`);
    await using star = bed.start(args);
    const [, port] = await star.waitFor(/listening address=0\.0\.0\.0:(\d+)/, "stderr");
    const address = `127.0.0.1:${port}`;
    await using stranger = openGrpcCaller({ address, tls: { authorityPem } });
    const shaken = codeOf(stranger.unary(handshake, { starToken: "right" }));
    assert.equal(await shaken, closed ? "unavailable" : "done");
    if (!closed) continue;
    const member = { authorityPem, certificatePem, keyPem };
    await using known = openGrpcCaller({ address, tls: member });
    assert.equal(await codeOf(known.unary(handshake, { starToken: "right" })), "done");
  }
});

Deno.test("manual mode refuses to start unsafely, and says why", LEAVES_TIMERS, async () => {
  using bed = makeStarBed();
  const all = [...manualArgs(bed), "--auth-secret=s"];
  const cases: [args: string[], says: RegExp][] = [
    [all.filter((each) => !each.startsWith("--allow")), /--allow: is needed/],
    [[...all, "--auth-secret="], /--auth-secret: it is empty/],
    [[...all, "--host=0.0.0.0"], /without TLS/],
    [[...all, "--allwo=/x"], /unknown option; did you mean --allow/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await bed.run(args);
    assert.equal(code, 1, stderr);
    assert.match(stderr, says);
  }
});
