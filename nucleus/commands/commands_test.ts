import assert from "node:assert/strict";
import { join } from "node:path";
import { parseApiToken } from "#core/identity/mod.ts";
import { ExitCode } from "#core/program/exit_codes.ts";
import { FakeHost } from "#core/program/fake_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { orbitNucleus } from "../registry.ts";
import { openGridStore } from "../store/mod.ts";

/** A folder for a Nucleus, and its shell. */
class Shell implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "orbit-nucleus-" });
  readonly data = join(this.#folder, "data");

  path(name: string): string {
    return join(this.#folder, name);
  }

  async run(...args: string[]): Promise<{ code: ExitCode; stdout: string; stderr: string }> {
    const host = new FakeHost();
    host.program = "orbit-nucleus";
    const code = await runProgram(orbitNucleus, [...args, `--data=${this.data}`], host);
    return { code, stdout: host.stdout.text, stderr: host.stderr.text };
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }
}

Deno.test("init makes a Nucleus once, and prints a token that works", async () => {
  using shell = new Shell();
  const { code, stdout } = await shell.run("init");
  assert.equal(code, ExitCode.ok);
  const [text] = /orbitapi1_\w+/.exec(stdout)!;
  const { id } = parseApiToken(text);
  assert.match(stdout, /fingerprint: +[0-9a-f]{64}\n/);
  for (const name of ["", "authority.key", "grid.db"]) {
    const { mode } = Deno.statSync(join(shell.data, name));
    assert.equal(mode! & 0o077, 0, name);
  }
  {
    using store = openGridStore(shell.data);
    const token = store.apiTokens.byId(id)!;
    assert.deepEqual([token.role, token.state, token.constellations], ["admin", "good", undefined]);
    assert.deepEqual(store.audit.list().map(({ action, actor }) => `${action} ${actor.kind}`), [
      "api_token.create cli",
    ]);
  }
  const again = await shell.run("init");
  assert.equal(again.code, ExitCode.fileSelection);
  assert.match(again.stderr, /there is one in .* already/);
});

Deno.test("init puts the token into a private file instead, if told so", async () => {
  using shell = new Shell();
  const file = shell.path("token");
  const { code, stdout } = await shell.run("init", "--json", `--admin-token-file=${file}`);
  assert.equal(code, ExitCode.ok);
  const record = JSON.parse(stdout);
  assert.deepEqual([record.schema, record.adminTokenFile, record.adminToken], [
    ...["orbit.init/1", file, undefined],
  ]);
  parseApiToken(Deno.readTextFileSync(file));
  assert.equal(Deno.statSync(file).mode! & 0o777, 0o600);
});

Deno.test("commands work on the folder itself while no Nucleus runs", async () => {
  using shell = new Shell();
  await shell.run("init");
  const created = await shell.run("token", "create", "--name=nas", "--lifetime=10m");
  assert.match(created.stdout, /^orbit1_\w+\n$/);
  const listed = await shell.run("token", "list", "--json");
  const token = JSON.parse(listed.stdout);
  assert.deepEqual([token.name, token.state], ["nas", "open"]);
  assert.equal((await shell.run("token", "revoke", token.id)).code, ExitCode.ok);
  assert.equal((await shell.run("token", "list")).stdout, "no join tokens\n");
  assert.equal((await shell.run("star", "list")).stdout, "no Stars\n");
  const nobody = await shell.run("star", "approve", "nas");
  assert.deepEqual([nobody.code, nobody.stderr], [3, 'orbit-nucleus: no Star "nas"\n']);
  assert.equal((await shell.run("job", "list")).stdout, "no jobs\n");
  assert.equal((await shell.run("audit", "verify")).code, ExitCode.ok);
});

Deno.test("commands at the same time wait for each other", async () => {
  using shell = new Shell();
  await shell.run("init");
  const runs = await Promise.all(
    Array.from({ length: 5 }, () => shell.run("token", "create")),
  );
  for (const { code, stderr } of runs) assert.equal(code, ExitCode.ok, stderr);
});

Deno.test("commands say where there is no Nucleus, and what is wrong with nucleus.toml", async () => {
  using shell = new Shell();
  const nowhere = await shell.run("star", "list");
  assert.equal(nowhere.code, ExitCode.fileSelection);
  assert.match(nowhere.stderr, /there is none; orbit-nucleus init makes one/);
  const config = shell.path("nucleus.toml");
  Deno.writeTextFileSync(config, "[listen]\nadress = 5\n");
  const wrong = await shell.run("run", `--config=${config}`);
  assert.equal(wrong.code, ExitCode.usage);
  assert.match(wrong.stderr, /nucleus\.toml:2:1: unknown key "adress".*did you mean "address"/);
});

Deno.test("run refuses to open places through which its keys could be reached", async () => {
  using shell = new Shell();
  await shell.run("init");
  const config = shell.path("nucleus.toml");
  for (const path of [shell.data, shell.path(".")]) {
    Deno.writeTextFileSync(config, `[files]\nallowed_paths = [${JSON.stringify(join(path))}]\n`);
    const { code, stderr } = await shell.run("run", "--listen=127.0.0.1:0", `--config=${config}`);
    assert.equal(code, ExitCode.usage);
    assert.match(stderr, /the Nucleus's keys could be reached through it/);
  }
  Deno.mkdirSync(shell.path("open"));
  const inside = shell.path("open/nucleus.toml");
  Deno.writeTextFileSync(inside, "");
  const args = ["--listen=127.0.0.1:0", `--config=${inside}`, `--allow=${shell.path("open")}`];
  const { code, stderr } = await shell.run("run", ...args);
  assert.equal(code, ExitCode.usage);
  assert.match(stderr, /configuration.*where the grid could change it/);
});
