import assert from "node:assert/strict";
import { createServer, type TLSSocket } from "node:tls";
import { createServer as createHttpServer, type RequestListener } from "node:http";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import {
  createAuthority,
  createKeyAndRequest,
  createStarId,
  openAuthority,
  Secret,
} from "#core/identity/mod.ts";
import { HttpsNucleus } from "./https.ts";

const clock = systemClock;

async function newAuthority() {
  const files = await createAuthority({ clock });
  return await openAuthority({ ...files, clock });
}

const authority = await newAuthority();

interface Shown {
  certificatePem: string;
  keyPem: Secret;
}

/** A server that shows a certificate, and what it was told. */
async function serve(
  { certificatePem, keyPem }: Shown,
  listener: RequestListener = (_, response) => void response.end("{}"),
  maxVersion: "TLSv1.2" | "TLSv1.3" = "TLSv1.3",
) {
  const heard: string[] = [];
  const sockets = new Set<TLSSocket>();
  const http = createHttpServer(listener);
  const tls = createServer({ cert: certificatePem, key: keyPem.reveal(), maxVersion });
  tls.on("secureConnection", (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    http.emit("connection", socket);
  });
  http.on("request", (request) => heard.push(`${request.method} ${request.url}`));
  tls.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => tls.listen(0, "127.0.0.1", () => resolve()));
  const { port } = tls.address() as { port: number };
  return {
    port,
    heard,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      http.closeAllConnections();
      await new Promise((resolve) => tls.close(resolve));
    },
  };
}

function dial(port: number): HttpsNucleus {
  const address = { host: "127.0.0.1", port };
  const target = { address, authorityPem: authority.certificatePem, token: new Secret("t\n") };
  return new HttpsNucleus(target, clock);
}

const nucleus = await authority.issueNucleus({ names: ["elsewhere.example"] });

Deno.test("HttpsNucleus reaches the authority's Nucleus by whatever address", async () => {
  const seen: (string | undefined)[] = [];
  await using server = await serve(nucleus, (request, response) => {
    seen.push(request.headers.authorization);
    let body = "";
    request.on("data", (part) => body += part);
    request.on("end", () => {
      response.writeHead(201, { "x-was": request.method! });
      response.end(body);
    });
  });
  using client = dial(server.port);
  const posted = await client.send(
    new Request("http://nucleus/api/v1/x?y=1", { method: "POST", body: "hé" }),
  );
  assert.deepEqual([posted.status, await posted.text()], [201, "hé"]);
  assert.equal(posted.headers.get("x-was"), "POST");
  assert.deepEqual(server.heard, ["POST /api/v1/x?y=1"]);
  assert.deepEqual(seen, ["Bearer t"]);
});

Deno.test("HttpsNucleus says nothing to anybody else", async () => {
  const other = await (await newAuthority()).issueNucleus({ names: ["127.0.0.1"] });
  const { csrPem, keyPem } = await createKeyAndRequest();
  const star = await authority.issueStar({ csrPem, starId: createStarId(), name: "nas" });
  for (const shown of [other, { ...star, keyPem }]) {
    await using server = await serve(shown);
    using client = dial(server.port);
    await assert.rejects(
      client.send(new Request("http://nucleus/")),
      (error) => error instanceof OrbitError && error.code === "denied",
    );
    assert.deepEqual(server.heard, []);
  }
});

Deno.test("HttpsNucleus speaks TLS 1.3 only", async () => {
  await using server = await serve(nucleus, undefined, "TLSv1.2");
  using client = dial(server.port);
  await assert.rejects(client.send(new Request("http://nucleus/")), OrbitError);
  assert.deepEqual(server.heard, []);
});

Deno.test("HttpsNucleus says that nobody is there", async () => {
  let port: number;
  {
    await using server = await serve(nucleus);
    port = server.port;
  }
  using client = dial(port);
  await assert.rejects(
    client.send(new Request("http://nucleus/")),
    (error) => error instanceof OrbitError && error.code === "unavailable",
  );
});

Deno.test("HttpsNucleus gives up with its caller, before an answer and within one", async () => {
  const reached = Promise.withResolvers<void>();
  await using server = await serve(nucleus, (request, response) => {
    if (request.url === "/never") return reached.resolve();
    response.write("part");
  });
  using client = dial(server.port);
  const stop = new AbortController();
  const never = client.send(new Request("http://nucleus/never", { signal: stop.signal }));
  await reached.promise;
  stop.abort(new Error("enough"));
  await assert.rejects(never, /enough/);
  const later = new AbortController();
  const response = await client.send(
    new Request("http://nucleus/part", { signal: later.signal }),
  );
  const reader = response.body!.getReader();
  await reader.read();
  later.abort(new Error("enough"));
  await assert.rejects(reader.read());
});
