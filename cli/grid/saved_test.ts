import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { createApiToken, createAuthority, Secret } from "#core/identity/mod.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { findTarget } from "./connection.ts";
import { configFolder, readSaved, removeSaved, writeSaved } from "./saved.ts";

const { certificatePem } = await createAuthority({ clock: systemClock });
const other = (await createAuthority({ clock: systemClock })).certificatePem;

/** A host with a configuration folder of its own. */
class Home extends FakeHost implements Disposable {
  readonly folder = Deno.makeTempDirSync({ prefix: "orbit-config-" });

  constructor() {
    super();
    this.environment.set("XDG_CONFIG_HOME", this.folder);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.folder, { recursive: true });
  }
}

const saved = () => ({
  address: { host: "nucleus.lan", port: 50050 },
  authorityPem: certificatePem,
  token: new Secret(createApiToken().text),
});

const never = new AbortController().signal;

function find(settings: Parameters<typeof findTarget>[0], host: FakeHost) {
  return findTarget(settings, host, systemClock, never);
}

function isInvalid(message: RegExp) {
  return (error: unknown) =>
    error instanceof OrbitError && error.code === "invalid" && message.test(error.message);
}

Deno.test("a Nucleus is kept in private files, found again, and forgotten", () => {
  using home = new Home();
  assert.equal(readSaved(home), undefined);
  const kept = saved();
  const folder = writeSaved(home, kept);
  assert.equal(folder, configFolder(home));
  assert.equal(Deno.statSync(folder).mode! & 0o777, 0o700);
  for (const { name } of Deno.readDirSync(folder)) {
    assert.equal(Deno.statSync(`${folder}/${name}`).mode! & 0o777, 0o600, name);
  }
  const found = readSaved(home)!;
  assert.deepEqual(found.address, kept.address);
  assert.equal(found.authorityPem, certificatePem);
  assert.ok(found.token.matches(kept.token));
  assert.equal(removeSaved(home), true);
  assert.equal(removeSaved(home), false);
  assert.deepEqual([...Deno.readDirSync(folder)], []);
});

Deno.test("findTarget takes the Nucleus that is kept unless it is told another", async () => {
  using home = new Home();
  await assert.rejects(find({}, home), isInvalid(/--nucleus: is needed/));
  const kept = saved();
  writeSaved(home, kept);
  for (const nucleus of [undefined, "saved", "https://nucleus.lan/", "nucleus.lan:50050"]) {
    const target = await find({ nucleus }, home);
    assert.deepEqual(target.address, kept.address);
    assert.ok(target.token.matches(kept.token));
  }
  // The token of one Nucleus isn't shown to another.
  await assert.rejects(find({ nucleus: "https://other.lan" }, home), isInvalid(/--fingerprint/));
  const ca = `${home.folder}/ca.pem`;
  Deno.writeTextFileSync(ca, other);
  await assert.rejects(find({ nucleus: "https://other.lan", ca }, home), isInvalid(/--token-file/));
});

Deno.test("findTarget knows an authority by its file, and reads tokens from private files", async () => {
  using home = new Home();
  const ca = `${home.folder}/ca.pem`, tokenFile = `${home.folder}/token`;
  Deno.writeTextFileSync(ca, certificatePem);
  Deno.writeTextFileSync(tokenFile, createApiToken().text + "\n", { mode: 0o600 });
  const settings = { nucleus: "n.lan:1234", ca, tokenFile };
  const target = await find(settings, home);
  assert.deepEqual([target.address.port, target.authorityPem], [1234, certificatePem]);
  const both = { ...settings, fingerprint: "ab".repeat(32) };
  await assert.rejects(find(both, home), isInvalid(/only one of them/));
  await assert.rejects(find({ ...settings, nucleus: "n.lan/x" }, home), isInvalid(/--nucleus/));
  Deno.writeTextFileSync(tokenFile, "orbit1_nonsense");
  await assert.rejects(find(settings, home), isInvalid(/API token/));
  Deno.chmodSync(tokenFile, 0o644);
  await assert.rejects(find(settings, home), /chmod 600/);
});
