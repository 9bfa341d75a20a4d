import {
  deepStrictEqual as deepEqual,
  ok,
  rejects,
  strictEqual as equal,
} from "node:assert/strict";
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { createKeyAndRequest, createStarId, openAuthority, readPeer } from "#core/identity/mod.ts";
import { ManualClock, systemClock } from "#core/clock.ts";
import { isCode, KEEPS_TIMERS, serverStream, text, unary } from "./conformance_help.ts";
import { createTlsFixture } from "./tls_fixture.ts";
import type { ServerTls } from "./tls_port.ts";

import { fixture, member, openPort } from "./tls_port_help.ts";

/** Everything that a plain connection says before it ends. */
function talk(port: number, say: string): Promise<Uint8Array> {
  return new Promise((resolve) => {
    const parts: Uint8Array[] = [];
    const socket = connect(port, "127.0.0.1", () => socket.write(say));
    socket.on("data", (part: Uint8Array) => parts.push(part));
    socket.on("error", () => {});
    socket.on("close", () => resolve(new Uint8Array(parts.flatMap((part) => [...part]))));
  });
}

/** Waits for what another turn of the event loop brings. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 1));
}

function derLength(pem: string): number {
  return atob(pem.replace(/-----[^-]+-----/g, "")).length;
}

Deno.test("openTlsPort sends each client to its server", KEEPS_TIMERS, async () => {
  await using opened = await openPort();
  const { port, dial, calls } = opened;
  const { data } = await dial(member).unary(unary, {});
  equal(text(data), `members ${derLength(member.certificatePem!)}`);
  equal(text((await dial(fixture.stranger).unary(unary, {})).data), "strangers none");
  for (const withCertificate of [false, true]) {
    using client = Deno.createHttpClient({
      caCerts: [member.authorityPem],
      ...withCertificate
        ? {
          cert: member.certificatePem,
          key: `${(member.keyPem as { reveal(): string }).reveal()}`,
        }
        : {},
    } as Deno.CreateHttpClientOptions);
    const response = await fetch(`https://localhost:${port.port}/`, { client });
    equal(await response.text(), `http ${withCertificate}`);
  }
  deepEqual(calls, ["members", "strangers", "http", "http"]);
  const { members, strangers, http, refused } = port.counts;
  deepEqual({ members, strangers, http }, { members: 1, strangers: 1, http: 2 });
  deepEqual(refused, { bound: 0, handshake: 0, certificate: 0, protocol: 0 });
});

Deno.test(
  "a call over IPv4 comes from an IPv4 address where all interfaces are listened on",
  KEEPS_TIMERS,
  async () => {
    // The server asks for "127.0.0.1:PORT" and no mapped form of it.
    await using opened = await openPort({ hostname: "::" });
    equal(text((await opened.dial(fixture.stranger).unary(unary, {})).data), "strangers none");
  },
);

Deno.test("openTlsPort keeps a connection by HTTP open from one request to the next", async () => {
  await using opened = await openPort();
  const { port, calls } = opened;
  using client = await Deno.connectTls({
    hostname: "localhost",
    port: port.port,
    caCerts: [member.authorityPem],
  });
  const input = client.readable.pipeThrough(new TextDecoderStream()).getReader();
  for (let requests = 1; requests <= 3; requests++) {
    await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
    let answer = "";
    while (!answer.endsWith("http false")) {
      const { value, done } = await input.read();
      ok(!done, `the connection ended after ${calls.length} requests`);
      answer += value;
    }
  }
  equal(port.counts.http, 1);
  await input.cancel();
});

Deno.test("openTlsPort ends a connection by HTTP whose request doesn't come to its end", async () => {
  await using opened = await openPort({ slowHttpMs: 50 });
  using client = await Deno.connectTls({
    hostname: "localhost",
    port: opened.port.port,
    caCerts: [member.authorityPem],
  });
  await client.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: local"));
  const answer = await new Response(client.readable).text().catch(() => "");
  ok(answer === "" || answer.startsWith("HTTP/1.1 408"), answer);
  deepEqual(opened.calls, []);
});

Deno.test(
  "openTlsPort refuses foreign and expired certificates before any handler",
  KEEPS_TIMERS,
  async () => {
    await using opened = await openPort();
    const foreign = await createTlsFixture();
    const { certificatePem, keyPem } = await foreign.client();
    const clock = new ManualClock(Date.now() - 3 * 86_400_000);
    const past = await openAuthority({ ...fixture.authorityFiles, clock });
    const request = await createKeyAndRequest();
    const expired = await past.issueStar({
      csrPem: request.csrPem,
      starId: createStarId(),
      name: "late",
    });
    const { authorityPem } = member;
    for (
      const tls of [
        { authorityPem, certificatePem, keyPem },
        { authorityPem, certificatePem: expired.certificatePem, keyPem: request.keyPem },
      ]
    ) {
      await rejects(opened.dial(tls).unary(unary, {}), isCode("unavailable"));
    }
    deepEqual(opened.calls, []);
    equal(opened.port.counts.refused.certificate, 2);
  },
);

Deno.test("openTlsPort speaks TLS 1.3 only", KEEPS_TIMERS, async () => {
  await using opened = await openPort();
  const { port } = opened.port;
  const options = { host: "127.0.0.1", port, ca: member.authorityPem, servername: "localhost" };
  const error = await new Promise<Error>((resolve) => {
    const socket = connectTls({ ...options, maxVersion: "TLSv1.2" });
    socket.on("error", resolve);
    socket.on("secureConnect", () => resolve(new Error("connected")));
  });
  ok(/protocol/i.test(error.message), error.message);
  await until(() => opened.port.counts.refused.handshake === 1);
});

Deno.test("openTlsPort ends plaintext at once", KEEPS_TIMERS, async () => {
  await using opened = await openPort();
  const { port } = opened.port;
  for (const say of ["GET / HTTP/1.1\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]) {
    ok((await talk(port, say)).length < 100);
  }
  deepEqual(opened.calls, []);
  await until(() => opened.port.counts.refused.handshake === 2);
});

Deno.test("openTlsPort ends a handshake that takes too long", KEEPS_TIMERS, async () => {
  await using opened = await openPort({ handshakeMs: 50 });
  equal((await talk(opened.port.port, "")).length, 0);
  equal(opened.port.counts.refused.handshake, 1);
  equal(opened.port.counts.handshakes, 0);
});

Deno.test(
  "openTlsPort bounds handshakes, and unknown clients of one address",
  KEEPS_TIMERS,
  async () => {
    for (
      const limits of [{ maxHandshakes: 1 }, { maxUnknownPerAddress: 1 }, { maxConnections: 1 }]
    ) {
      await using opened = await openPort(limits);
      const silent = connect(opened.port.port, "127.0.0.1");
      await new Promise<void>((resolve) => silent.on("connect", () => resolve()));
      equal((await talk(opened.port.port, "")).length, 0);
      equal(opened.port.counts.refused.bound, 1);
      silent.destroy();
      await until(() => opened.port.counts.open === 0);
      equal(opened.port.counts.handshakes, 0);
      equal(text((await opened.dial(fixture.stranger).unary(unary, {})).data), "strangers none");
    }
  },
);

Deno.test("a member's connections don't count as unknown", KEEPS_TIMERS, async () => {
  await using opened = await openPort({ maxUnknownPerAddress: 1 });
  for (let i = 0; i < 3; i++) await opened.dial(member).unary(unary, {});
  equal(opened.port.counts.members, 3);
});

Deno.test(
  "replaceCertificate leaves streams alone and shows the new one",
  KEEPS_TIMERS,
  async () => {
    await using opened = await openPort();
    const seen: string[] = [];
    const look = {
      ...fixture.stranger,
      checkServer: (der: Uint8Array) => void seen.push(readPeer(der, systemClock).serial),
    };
    const stream = opened.dial(look).serverStream(serverStream, {})[Symbol.asyncIterator]();
    await stream.next();
    const next = await fixture.authority.issueNucleus({ names: ["127.0.0.1"] });
    await opened.port.replaceCertificate({ ...fixture.server, ...next });
    for (let i = 0; i < 100; i++) equal((await stream.next()).done, false);
    await opened.dial(look).unary(unary, {});
    equal(seen.length, 2);
    equal(seen[1], next.serial);
    ok(seen[0] !== seen[1]);
    await stream.return!();
  },
);

Deno.test(
  "replaceCertificate refuses what can't be used, and keeps what it had",
  KEEPS_TIMERS,
  async () => {
    await using opened = await openPort();
    const { keyPem } = await fixture.client();
    const replace = (tls: Partial<ServerTls>) =>
      opened.port.replaceCertificate({ ...fixture.server, ...tls });
    await rejects(replace({ keyPem: "no key" }), isCode("invalid"));
    await rejects(replace({ keyPem }), isCode("conflict"));
    await rejects(replace({ certificatePem: "no certificate" }), isCode("invalid"));
    await rejects(replace({ authorityPem: "no certificate" }), isCode("invalid"));
    await opened.dial(member).unary(unary, {});
  },
);
