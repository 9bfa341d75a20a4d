/** What the Nucleus tells Prometheus, of real transfers and real refusals. */
import assert from "node:assert/strict";
import { Forger } from "./hostile_grants.ts";
import { type Samples, scrape } from "./scrape.ts";
import { TwoStars } from "./two_stars.ts";

const FILES = 20, FILE_BYTES = 10_000;

function makeTree(base: string): void {
  Deno.mkdirSync(base);
  for (let at = 0; at < FILES; at++) {
    Deno.writeFileSync(`${base}/${at}`, new Uint8Array(FILE_BYTES).fill(at));
  }
}

/** Waits for a heartbeat that brings it. */
async function shows(grid: TwoStars, key: string, value: number): Promise<Samples> {
  let last: number | undefined;
  return await grid.until(async () => {
    const samples = await scrape(grid);
    last = samples.get(key);
    assert((last ?? 0) <= value, `${key} is ${last}, more than ${value}`);
    return last === value ? samples : undefined;
  }, `${key} is ${value}`).catch((error) => {
    throw new Error(`${error.message}; it is ${last}`);
  });
}

const TAKEN = 'orbit_p2p_transfers_total{star="to",status="success"}';
const FAILED = 'orbit_p2p_transfers_total{star="to",status="failure"}';
const REFUSED = 'orbit_p2p_token_verification_errors_total{star="from"}';

Deno.test("transfers are counted once, whichever process is started anew", async () => {
  await using grid = await TwoStars.start();
  const { from, to } = grid;
  makeTree(from.path("tree"));
  const before = await scrape(grid);
  assert.equal(before.get("connected_agents"), 2);
  assert.equal(before.get(TAKEN), undefined);
  assert.equal((await grid.over(await grid.sync())).state, "succeeded");
  const first = await shows(grid, TAKEN, FILES);
  const bytes = first.get('orbit_p2p_bytes_transferred_total{star="to"}')!;
  assert(bytes >= FILES * FILE_BYTES && bytes < 2 * FILES * FILE_BYTES, `${bytes} bytes`);
  await shows(grid, 'orbit_p2p_bytes_given_total{star="from"}', bytes);
  const batches = first.get("orbit_p2p_transfer_duration_seconds_count")!;
  assert(batches >= 1);
  assert.equal(first.get('orbit_p2p_transfer_duration_seconds_bucket{le="+Inf"}'), batches);
  assert(first.get("orbit_p2p_transfer_duration_seconds_sum")! > 0);
  assert.equal(first.get('orbit_jobs{state="succeeded"}'), 1);
  assert.equal(first.get('orbit_stars{status="online"}'), 2);
  assert(first.get('orbit_star_heartbeat_age_seconds{star="to"}')! < 15);
  for (const name of ["messages_received_total", "messages_sent_total"]) {
    assert(first.get(name)! > before.get(name)!, name);
  }

  // A Star that is told to end says first what it has counted.
  Deno.writeTextFileSync(from.path("tree/20"), "one more");
  assert.equal((await grid.over(await grid.sync())).state, "succeeded");
  to.process!.kill("SIGTERM");
  await to.process!.result;
  await to.start();
  await shows(grid, TAKEN, FILES + 1);

  // A Star that was killed begins at nothing, and what it did before stays counted.
  const broken = first.get("stream_errors_total")!;
  await to.kill();
  await to.start();
  Deno.removeSync(to.path("tree"), { recursive: true });
  assert.equal((await grid.over(await grid.sync())).state, "succeeded");
  const second = await shows(grid, TAKEN, 2 * (FILES + 1));
  assert(second.get("stream_errors_total")! > broken);

  // A Nucleus that was killed begins at nothing, and is told only what no other was told.
  await grid.killNucleus();
  await grid.startNucleus();
  await grid.until(
    async () => (await scrape(grid)).get("connected_agents") === 2 || undefined,
    "both Stars are back",
  );
  Deno.removeSync(to.path("tree"), { recursive: true });
  Deno.writeTextFileSync(from.path("tree/21"), "one more");
  assert.equal((await grid.over(await grid.sync())).state, "succeeded");
  await shows(grid, TAKEN, FILES + 2);
});

Deno.test("files that can't be taken are counted, too", async () => {
  await using grid = await TwoStars.start();
  const { from } = grid;
  makeTree(from.path("tree"));
  // Whoever dials the source meets nobody.
  from.counter!.isClosed = true;
  const id = await grid.sync();
  await grid.until(
    async () => ((await scrape(grid)).get(FAILED) ?? 0) >= FILES || undefined,
    "failures are counted",
  );
  const { progress } = await grid.job(id);
  assert.equal(progress.waitingFor, "from");
  assert.match(
    progress.waitingWhy,
    /from Star from to Star to: they can't reach each other now \(link to /,
  );
  from.counter!.isClosed = false;
  // It was waited for.
  assert.equal((await grid.over(id)).state, "succeeded");
  const samples = await shows(grid, TAKEN, FILES);
  // The Nucleus hasn't reached the source there either, and asked it another way.
  assert(samples.get("orbit_direct_connection_failures_total")! > 0);
});

Deno.test("files that came another way than first tried are no failures", async () => {
  await using grid = await TwoStars.start({ secondListens: true });
  const { from } = grid;
  makeTree(from.path("tree"));
  from.counter!.isClosed = true;
  assert.equal((await grid.over(await grid.sync())).state, "succeeded");
  const samples = await shows(grid, TAKEN, FILES);
  assert.equal(samples.get(FAILED) ?? 0, 0);
});

Deno.test("connections that the Nucleus refuses are counted", async () => {
  await using grid = await TwoStars.start();
  const name = "connection_failures_total";
  const before = (await scrape(grid)).get(name)!;
  for (let times = 0; times < 3; times++) {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: grid.port });
    await connection.write(new TextEncoder().encode("this is no TLS at all\r\n\r\n"));
    while (await connection.read(new Uint8Array(1024)).catch(() => null) !== null);
  }
  const moved = async () => (await scrape(grid)).get(name) === before + 3 || undefined;
  await grid.until(moved, "three more failures");
});

Deno.test("each grant that a Star refuses is counted, and it says DENIED", async () => {
  await using grid = await TwoStars.start();
  makeTree(grid.from.path("tree"));
  await using forger = await Forger.open(grid, "tree/1");
  let count = 0;
  for (const [name, attempt] of Object.entries(await forger.attempts())) {
    await assert.rejects(attempt(), { code: "denied" }, name);
    count++;
  }
  // Who sends that much may find the connection closed before it has heard why.
  await assert.rejects(forger.show("A".repeat(10 << 20)));
  count++;
  const grant = await forger.sign();
  await forger.show(grant);
  await assert.rejects(forger.show(grant), { code: "denied", message: /used before/ });
  await shows(grid, REFUSED, ++count);
  await grid.from.kill();
  await grid.from.start();
  await assert.rejects(forger.show(grant), { code: "denied", message: /used before/ });
  await shows(grid, REFUSED, ++count);
});

Deno.test("relayed bytes are counted, and shown with the job", async () => {
  await using grid = await TwoStars.start({ listens: false });
  const { from, to } = grid;
  makeTree(from.path("tree"));
  const tree = `${from.path("tree")}/`;
  const synced = await grid.orbit("sync", "-v", "--relay", `from:${tree}`, `to:${to.path("tree")}`);
  assert.equal(synced.code, 0, synced.stderr);
  assert.match(synced.stderr, /; relayed \d/m);
  const samples = await scrape(grid);
  const bytes = samples.get("orbit_relayed_bytes_total")!;
  assert(bytes >= FILES * FILE_BYTES && bytes < 2 * FILES * FILE_BYTES, `${bytes} bytes`);
  assert.equal(samples.get(TAKEN), undefined);
  const [{ id, relayedBytes }] = (await grid.json("/jobs")).jobs;
  assert.equal(relayedBytes, bytes);
  await grid.killNucleus();
  await grid.startNucleus();
  assert.equal((await grid.job(id)).relayedBytes, bytes);
  assert.match(
    (await grid.orbit("jobs", "show", id)).stdout,
    /relayed: +\S+ KiB through the Nucleus/,
  );
});

Deno.test("metrics are for those with a token that is limited by nothing", async () => {
  await using grid = await TwoStars.start();
  const ask = async (authorization?: string) => {
    const response = await grid.fetch("/metrics", { authorization });
    await response.body?.cancel();
    return response.status;
  };
  assert.equal(await ask(""), 401);
  assert.equal(await ask("Bearer nonsense"), 401);
  const create = async (body: object) =>
    `Bearer ${(await grid.json("/api-tokens", { name: "prometheus", ...body })).text}`;
  assert.equal(await ask(await create({ role: "viewer" })), 200);
  assert.equal(await ask(await create({ role: "viewer", constellations: ["lab"] })), 403);
});
