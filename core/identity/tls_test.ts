/** The certificates in real TLS 1.3 connections on loopback, both ends showing theirs. */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import * as tls from "node:tls";
import { ManualClock, systemClock } from "#core/clock.ts";
import { type Authority, createAuthority, openAuthority } from "./authority.ts";
import { NUCLEUS_SERVER_NAME, starServerName } from "./names.ts";
import { readPeer, requireNucleus, requireStar } from "./peer.ts";
import { newAuthority, newStar, refusal } from "./test_help.ts";

interface Shown {
  cert?: string;
  key?: string;
}

/** A server that greets every client which TLS lets in by the role it sees. */
async function openServer(authority: Authority, shown: Required<Shown>) {
  const greeted: string[] = [];
  let refusals = 0;
  const sockets = new Set<tls.TLSSocket>();
  const server = tls.createServer({
    ...shown,
    ca: authority.certificatePem,
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    const { role } = readPeer(socket.getPeerCertificate(), systemClock);
    greeted.push(role);
    socket.end(`hello ${role}, ${socket.getProtocol()}`);
  });
  server.on("tlsClientError", () => refusals++);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    greeted,
    get refusals() {
      return refusals;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

/** Connects, and gives what the server said and the certificate it showed; "" when refused. */
function call(
  port: number,
  authority: Authority,
  shown: Shown,
  servername: string,
): Promise<{ said: string; raw: Uint8Array | undefined; error: Error | undefined }> {
  const { promise, resolve } = Promise.withResolvers<Awaited<ReturnType<typeof call>>>();
  const socket = tls.connect({
    host: "127.0.0.1",
    port,
    servername,
    ca: authority.certificatePem,
    minVersion: "TLSv1.3",
    ...shown,
  });
  let raw: Uint8Array | undefined, said = "", error: Error | undefined;
  socket.on("secureConnect", () => raw = socket.getPeerCertificate().raw);
  socket.on("data", (data) => said += Buffer.from(data).toString());
  socket.on("error", (thrown) => error = thrown);
  socket.on("close", () => resolve({ said, raw, error }));
  return promise;
}

async function starMaterial(authority: Authority) {
  const star = await newStar(authority);
  return { star, shown: { cert: star.certificatePem, key: star.keyPem.reveal() } };
}

async function nucleusMaterial(authority: Authority, names: string[] = []) {
  const { certificatePem, keyPem } = await authority.issueNucleus({ names });
  return { cert: certificatePem, key: keyPem.reveal() };
}

Deno.test("a Star and the Nucleus know each other over TLS 1.3", async () => {
  const authority = await newAuthority(systemClock);
  await using server = await openServer(authority, await nucleusMaterial(authority));
  const { shown } = await starMaterial(authority);
  const { said, raw } = await call(server.port, authority, shown, NUCLEUS_SERVER_NAME);
  assert.equal(said, "hello star, TLSv1.3");
  requireNucleus(readPeer(raw, systemClock));
});

Deno.test("a listening Star is told from another by its server name", async () => {
  const authority = await newAuthority(systemClock);
  const { star, shown } = await starMaterial(authority);
  const { star: other } = await starMaterial(authority);
  await using server = await openServer(authority, shown);
  const mine = await nucleusMaterial(authority);
  const { said, raw } = await call(server.port, authority, mine, starServerName(star.starId));
  assert.equal(said, "hello nucleus, TLSv1.3");
  const peer = readPeer(raw, systemClock);
  requireStar(peer, star.starId);
  assert.throws(() => requireNucleus(peer), refusal("denied", "a Star's"));
  const wrong = await call(server.port, authority, mine, starServerName(other.starId));
  assert.equal(wrong.said, "");
  assert.ok(wrong.error);
});

Deno.test("a Star can't serve under the Nucleus's name", async () => {
  const authority = await newAuthority(systemClock);
  const { shown } = await starMaterial(authority);
  await using server = await openServer(authority, shown);
  const { said, error } = await call(server.port, authority, shown, NUCLEUS_SERVER_NAME);
  assert.equal(said, "");
  assert.ok(error);
});

Deno.test("the Nucleus is reached by the names it was given, from Deno's own TLS too", async () => {
  const authority = await newAuthority(systemClock);
  const material = await nucleusMaterial(authority, ["localhost", "127.0.0.1"]);
  await using server = await openServer(authority, material);
  const { shown } = await starMaterial(authority);
  for (const hostname of ["localhost", "127.0.0.1"]) {
    using connection = await Deno.connectTls({
      hostname,
      port: server.port,
      caCerts: [authority.certificatePem],
      ...shown as Required<Shown>,
    });
    const buffer = new Uint8Array(64);
    const length = await connection.read(buffer);
    assert.equal(new TextDecoder().decode(buffer.subarray(0, length!)), "hello star, TLSv1.3");
  }
});

/** An authority whose certificates, issued two days ago for one day, have all expired. */
async function expiredMaterial(made: Awaited<ReturnType<typeof createAuthority>>) {
  const past = new ManualClock(Date.now() - 2 * 24 * 3600_000);
  return (await starMaterial(await openAuthority({ ...made, clock: past }))).shown;
}

Deno.test("TLS refuses a client with no, a foreign, or an expired certificate", async () => {
  const clock = new ManualClock(Date.now() - 3 * 24 * 3600_000);
  const made = await createAuthority({ clock });
  const authority = await openAuthority({ ...made, clock: systemClock });
  const foreign = await newAuthority(systemClock);
  await using server = await openServer(authority, await nucleusMaterial(authority));
  const clients: [string, Shown][] = [
    ["none", {}],
    ["foreign", (await starMaterial(foreign)).shown],
    ["expired", await expiredMaterial(made)],
  ];
  for (const [what, shown] of clients) {
    // In TLS 1.3 a client is done before the server has judged it: it may see a mere close.
    assert.equal((await call(server.port, authority, shown, NUCLEUS_SERVER_NAME)).said, "", what);
  }
  assert.deepEqual(server.greeted, []);
  assert.equal(server.refusals, clients.length);
  const { shown } = await starMaterial(authority);
  assert.equal(
    (await call(server.port, authority, shown, NUCLEUS_SERVER_NAME)).said,
    "hello star, TLSv1.3",
  );
});

Deno.test("a client refuses the Nucleus of another grid", async () => {
  const ours = await newAuthority(systemClock);
  const theirs = await newAuthority(systemClock);
  await using server = await openServer(theirs, await nucleusMaterial(theirs));
  const { shown } = await starMaterial(ours);
  const { said, error } = await call(server.port, ours, shown, NUCLEUS_SERVER_NAME);
  assert.equal(said, "");
  assert.ok(error);
});
