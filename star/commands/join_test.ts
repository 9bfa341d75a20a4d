import assert from "node:assert/strict";
import { connect } from "node:net";
import { FakeHost } from "#core/program/fake_host.ts";
import { runProgram } from "#core/program/run_program.ts";
import { createAuthority, parseJoinToken } from "#core/identity/mod.ts";
import { systemClock } from "#core/clock.ts";
import { parseCredentials } from "../credentials.ts";
import { orbitStar } from "../registry.ts";
import { parseIdentity } from "../state.ts";
import { FakeNucleus } from "../testing/fake_nucleus.ts";

/** After a failed connection, a closed channel of grpc-js keeps the timer of its next attempt. */
const LEAVES_TIMERS = { sanitizeOps: false, sanitizeResources: false };

function test(name: string, run: (bed: Bed) => Promise<void>) {
  Deno.test({
    name,
    ...LEAVES_TIMERS,
    async fn() {
      await using nucleus = await FakeNucleus.open();
      const folder = Deno.realPathSync(Deno.makeTempDirSync());
      try {
        await run({ nucleus, folder, state: `${folder}/state` });
      } finally {
        Deno.removeSync(folder, { recursive: true });
      }
    },
  });
}

interface Bed {
  nucleus: FakeNucleus;
  folder: string;
  state: string;
}

async function join({ nucleus, state }: Bed, ...args: string[]) {
  const host = new FakeHost();
  host.program = "orbit-star";
  const line = ["join", `--hub=127.0.0.1:${nucleus.port}`, `--state=${state}`, ...args];
  const code = await runProgram(orbitStar, line, host);
  return { code, out: host.stdout.text, err: host.stderr.text };
}

function namesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

test("join makes this machine a Star, and keeps what it got to itself", async (bed) => {
  const { code, out, err } = await join(bed, `--token=${bed.nucleus.createToken()}`, "--name=nas");
  assert.deepEqual([code, err], [0, ""]);
  assert.match(out, /^joined the grid of 127\.0\.0\.1:\d+ as Star nas \(constellation default\)\n/);
  assert(
    out.endsWith(
      `next: orbit-star run --state=${bed.state} --allow=DIR (or allowed_paths in star.toml)\n`,
    ),
    out,
  );
  assert.deepEqual(namesIn(bed.state), ["credentials.json", "identity.json"]);
  assert.equal(Deno.statSync(bed.state).mode! & 0o777, 0o700);
  for (const name of namesIn(bed.state)) {
    assert.equal(Deno.statSync(`${bed.state}/${name}`).mode! & 0o777, 0o600);
  }
  const identity = parseIdentity(Deno.readTextFileSync(`${bed.state}/identity.json`));
  const credentials = parseCredentials(Deno.readTextFileSync(`${bed.state}/credentials.json`));
  assert.equal(credentials.starId, identity.starId);
  assert.equal(credentials.authorityPem.trim(), bed.nucleus.authorityPem.trim());
});

test("join says that somebody has to approve, and what the token was for", async (bed) => {
  bed.nucleus.behaviour.approves = false;
  bed.nucleus.behaviour.roots = ["/mnt/data"];
  const token = `--token=${bed.nucleus.createToken()}`;
  const { code, out } = await join(bed, token, "--json", "--name=nas");
  assert.equal(code, 0);
  const { schema, approved, roots, name } = JSON.parse(out);
  assert.deepEqual([schema, approved, roots, name], ["orbit.join/1", false, ["/mnt/data"], "nas"]);
});

test("join reads the token from a file that nobody else can read", async (bed) => {
  const file = `${bed.folder}/token`;
  Deno.writeTextFileSync(file, `${bed.nucleus.createToken()}\n`, { mode: 0o644 });
  assert.match((await join(bed, `--token-file=${file}`)).err, /others have rights/);
  Deno.chmodSync(file, 0o600);
  assert.equal((await join(bed, `--token-file=${file}`)).code, 0);
});

test("join refuses a second identity unless it is forced", async (bed) => {
  const token = () => `--token=${bed.nucleus.createToken()}`;
  await join(bed, token());
  const first = Deno.readTextFileSync(`${bed.state}/identity.json`);
  const refused = await join(bed, token());
  assert.equal(refused.code, 3);
  assert.match(refused.err, /is a Star already.*--force/);
  assert.equal(Deno.readTextFileSync(`${bed.state}/identity.json`), first);
  assert.equal((await join(bed, token(), "--force")).code, 0);
  assert.notEqual(Deno.readTextFileSync(`${bed.state}/identity.json`), first);
});

test("join refuses tokens that are used, wrong, or of another Nucleus, and keeps nothing", async (bed) => {
  const used = bed.nucleus.createToken();
  await join({ ...bed, state: `${bed.folder}/first` }, `--token=${used}`);
  await using other = await FakeNucleus.open();
  const foreign = other.createToken();
  const wrong = `${used.slice(0, -1)}${used.endsWith("A") ? "B" : "A"}`;
  const cases: [token: string, code: number, says: RegExp][] = [
    [used, 11, /the token isn't good/],
    [foreign, 11, /another Nucleus|somebody in between|authority/],
    [wrong, 1, /token/],
    ["nonsense", 1, /token/],
  ];
  for (const [token, code, says] of cases) {
    const result = await join(bed, `--token=${token}`);
    assert.equal(result.code, code, result.err);
    assert.match(result.err, says);
    assert.ok(!result.err.includes(token.slice(-20)), "no token in messages");
    assert.deepEqual(namesIn(bed.state), []);
  }
  assert.deepEqual(parseJoinToken(foreign).id.length, 16);
});

test("join refuses an impostor before it says anything to it", async (bed) => {
  await using impostor = await FakeNucleus.open(await createAuthority({ clock: systemClock }));
  const { code, err } = await join(
    { ...bed, nucleus: impostor },
    `--token=${bed.nucleus.createToken()}`,
  );
  assert.equal(code, 11, err);
  assert.deepEqual(impostor.joins, 0);
});

test("join says when nobody is there", async (bed) => {
  const token = bed.nucleus.createToken();
  await bed.nucleus.stop();
  await new Promise((closed) => connect(bed.nucleus.port, "127.0.0.1").on("error", closed));
  const { code, err } = await join(bed, `--token=${token}`);
  assert.deepEqual([code, /nothing listens/.test(err)], [11, true], err);
});

Deno.test("join needs to know where the Nucleus is", async () => {
  const host = new FakeHost();
  assert.equal(await runProgram(orbitStar, ["join", "--token=x"], host), 1);
  assert.match(host.stderr.text, /--hub: is needed/);
});
