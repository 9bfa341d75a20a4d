import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { type ManualSources, readManualSettings } from "./settings.ts";

const folder = Deno.realPathSync("/tmp");

/** Complete settings, with changes. */
function read(changes: Partial<ManualSources>, env: Record<string, string> = {}) {
  const roots = [{ path: folder, read: true, write: true }];
  const sources = {
    roots,
    port: 0,
    host: "127.0.0.1",
    token: "t",
    authSecret: "s",
    peers: [],
    ...changes,
  };
  return readManualSettings(sources, (name) => env[name]);
}

Deno.test("manual mode starts with a place, a token and a secret on this machine's own address", async () => {
  const { listen, token, authSecret, tls } = await read({});
  assert.deepEqual([listen, tls], [{ host: "127.0.0.1", port: 0 }, undefined]);
  assert.deepEqual([token.reveal(), authSecret.reveal()], ["t", "s"]);
  for (const host of ["::1", "localhost", "127.8.8.8"]) await read({ host });
});

Deno.test("manual mode takes its secrets from two variables, too", async () => {
  const env = { ORBIT_STAR_TOKEN: "token", ORBIT_AUTH_SECRET: "secret" };
  const found = await read({ token: undefined, authSecret: undefined }, env);
  assert.deepEqual([found.token.reveal(), found.authSecret.reveal()], ["token", "secret"]);
});

const REFUSED: [why: string, Partial<ManualSources>, says: RegExp, Record<string, string>?][] = [
  ["without a place", { roots: [] }, /--allow: is needed/],
  ["without a port", { port: undefined }, /--port: is needed/],
  ["without a token", { token: undefined }, /--token: is needed/],
  ["with an empty token", { token: "" }, /--token: it is empty/],
  ["without a secret", { authSecret: undefined }, /--auth-secret: is needed/],
  ["with an empty secret", { authSecret: "" }, /--auth-secret: it is empty/],
  ["with an empty variable", { authSecret: undefined }, /it is empty/, { ORBIT_AUTH_SECRET: "" }],
  ["with two tokens", { tokenFile: "/x" }, /only one of them/],
  ["on every address without TLS", { host: "0.0.0.0" }, /without TLS/],
  ["on every IPv6 address without TLS", { host: "::" }, /without TLS/],
  ["on a name without TLS", { host: "nas.lan" }, /without TLS/],
  ["with half of TLS", { tlsCert: "/x" }, /needs both/],
  ["with an authority alone", { tlsCa: "/x" }, /needs both/],
];
for (const [why, changes, says, env] of REFUSED) {
  Deno.test(`manual mode refuses to start ${why}`, async () => {
    await assert.rejects(read(changes, env), (error) => {
      assert.ok(error instanceof OrbitError && error.code === "invalid", `${error}`);
      assert.match(error.message, says);
      return true;
    });
  });
}

Deno.test("manual mode refuses secrets that callers could read", async () => {
  const file = Deno.makeTempFileSync({ dir: folder });
  try {
    Deno.writeTextFileSync(file, "token");
    const reading = read({ token: undefined, tokenFile: file });
    await assert.rejects(reading, /secret file .* lies in the allowed path/);
  } finally {
    Deno.removeSync(file);
  }
});
