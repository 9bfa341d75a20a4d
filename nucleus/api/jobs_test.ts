import assert from "node:assert/strict";
import { OrbitError } from "#core/errors.ts";
import { ApiBed } from "./fixture.ts";

const FILES = { "a.txt": "alpha", "b/c.txt": "gamma", "h": "theta" };
const at = { star: "nas", path: "/data" };

Deno.test("a job is made, runs, and is told with its steps and counts", async () => {
  await using bed = await ApiBed.open({ files: FILES });
  bed.gate.resolve();
  const as = bed.token("operator");
  const { id: starId } = bed.star("nas");
  const made = await bed.ask("/jobs", { as, body: { kind: "hash", at, priority: 3 } });
  assert.equal(made.status, 201);
  const { id } = made.body.job;
  assert.equal(made.headers.get("location"), `/api/v1/jobs/${id}`);
  assert.equal(await bed.over(id), "succeeded");
  const { job } = (await bed.ask(`/jobs/${id}`, { as })).body;
  assert.deepEqual([job.kind, job.label, job.priority], ["hash", "hash nas:/data", 3]);
  assert.deepEqual(job.places, [{ star: "nas", starId, path: "/data" }]);
  assert.deepEqual(job.steps[0].counts.done, { items: 3, bytes: 15 });
  const [record] = bed.store.audit.list({ target: id });
  assert.equal(record.action, "job.create");
  assert.equal(record.actor.id, as.split("_")[1]);
});

Deno.test("jobs are refused for what is wrong with them, before anything runs", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("operator");
  bed.star("nas"), bed.star("new", { isApproved: false });
  const drained = bed.star("old");
  bed.store.stars.drain(drained.id);
  const cases: [body: object, status: number, message: RegExp][] = [
    [{ at }, 400, /"kind" must be|missing field "kind"/],
    [{ kind: "delete", at }, 400, /"kind" must be/],
    [{ kind: "scan" }, 400, /missing field "at"/],
    [{ kind: "scan", source: at, destination: at }, 400, /field/],
    [{ kind: "verify", source: at }, 400, /missing field "destination"/],
    [{ kind: "scan", at: { ...at, mode: 1 } }, 400, /unknown field "at.mode"/],
    [{ kind: "scan", at: { star: "nas", path: "data" } }, 400, /"at.path" must be an absolute/],
    [{ kind: "scan", at: { star: "nas", path: "/data/../etc" } }, 400, /"at.path" must be/],
    [{ kind: "scan", at: { star: "nsa", path: "/data" } }, 404, /did you mean "nas"\?/],
    [{ kind: "scan", at: { star: "new", path: "/data" } }, 409, /takes no jobs: it is pending/],
    [{ kind: "scan", at: { star: "old", path: "/data" } }, 409, /it is draining/],
    [{ kind: "scan", at, filter: ["*.tmp"] }, 400, /"filter.0" must be a rule/],
    [{ kind: "scan", at, filter: ["- "] }, 400, /"filter.0" must be a rule/],
    [{ kind: "scan", at, priority: 1001 }, 400, /"priority" must be/],
    [{ kind: "scan", at, label: "a\nb" }, 400, /"label" must be/],
    [{ kind: "copy", source: at, destination: at, options: { delete: true } }, 400, /a copy/],
    [{ kind: "mirror", source: at, destination: at, options: { update: true } }, 400, /a mirror/],
    [{ kind: "mirror", source: at, destination: at, options: { delete: false } }, 400, /a mirror/],
    [{ kind: "mirror", source: at, destination: at, options: { recursive: false } }, 400, /recurs/],
    [{ kind: "move", source: at, destination: at, options: { delete: true } }, 400, /delete/],
    [{ kind: "copy", source: at, destination: at, options: { files: ["../x"] } }, 400, /within/],
    [{ kind: "copy", source: at, destination: at, options: { files: ["/x"] } }, 400, /within/],
    [{ kind: "copy", source: at, destination: at, options: { inplace: true } }, 400, /inplace/],
    [{ kind: "move", source: at, destination: at, options: { verify: "none" } }, 400, /verify/],
    [
      { kind: "mirror", source: at, destination: at, options: { removeSource: "all" } },
      400,
      /move/,
    ],
    [{ kind: "sync", source: at, destination: at, options: { removeSource: "some" } }, 400, /must/],
    [{ kind: "copy", source: at, destination: { path: "/data" } }, 403, /its own disks/],
    [{ kind: "scan", at: { path: "/data" } }, 403, /its own disks are for admins/],
  ];
  for (const [body, status, message] of cases) {
    const answer = await bed.ask("/jobs", { as, body });
    assert.equal(answer.status, status, JSON.stringify(body));
    assert.match(answer.body.error.message, message);
  }
  assert.deepEqual(bed.jobs.jobs(), []);
});

Deno.test("the Nucleus's own disks are for admins, below the places that were opened", async () => {
  await using closed = await ApiBed.open();
  const body = { kind: "scan", at: { path: "/data/x" } };
  const refused = await closed.ask("/jobs", { as: closed.token(), body });
  assert.equal(refused.status, 403);
  assert.match(refused.body.error.message, /\[files\] allowed_paths/);
  await using open = await ApiBed.open({
    localRoots: [
      { path: "/data", read: true, write: false },
      { path: "/data/in", read: true, write: true },
    ],
  });
  const as = open.token();
  for (
    const [path, token, status] of [
      ["/data/x", as, 201],
      ["/database", as, 403],
      ["/data", open.token("operator"), 403],
      ["/data", open.token("admin", { pathPrefixes: ["/data"] }), 403],
    ] as const
  ) {
    const asking = { as: token, body: { kind: "scan", at: { path } } };
    assert.equal((await open.ask("/jobs", asking)).status, status, path);
  }
  // Of places below others the one that may be written may.
  for (
    const [source, destination, status] of [
      ["/data/x", "/data/in/x", 201],
      ["/data/in/x", "/data/x", 403],
      ["/else", "/data/in/x", 403],
    ] as const
  ) {
    const body = { kind: "sync", source: { path: source }, destination: { path: destination } };
    const answer = await open.ask("/jobs", { as, body });
    assert.equal(answer.status, status, destination);
    if (destination === "/data/x") assert.match(answer.body.error.message, /may only be read/);
  }
  const ends = { source: { path: "/data/x" }, destination: { path: "/data/in/x" } };
  for (const [kind, status] of [["copy", 201], ["move", 403]] as const) {
    const answer = await open.ask("/jobs", { as, body: { kind, ...ends } });
    assert.equal(answer.status, status, kind);
  }
  // A viewer doesn't see what goes on on the Nucleus's own disks.
  assert.deepEqual((await open.ask("/jobs", { as: open.token("viewer") })).body.jobs, []);
  assert.equal((await open.ask("/jobs", { as })).body.jobs.length, 3);
});

Deno.test("content comes from nowhere that the one who made the job doesn't reach", async () => {
  await using bed = await ApiBed.open({ files: { "in/a": "x" } });
  bed.gate.resolve();
  bed.star("nas"), bed.star("pi");
  const [source, destination] = ["a", "b"].map((name) => ({
    star: "nas",
    path: `/data/in/${name}`,
  }));
  for (const pathPrefixes of [["/data/in"], undefined]) {
    const as = bed.token("operator", { pathPrefixes });
    const body = { kind: "sync", source, destination };
    const { job } = (await bed.ask("/jobs", { as, body })).body;
    assert.equal(await bed.over(job.id), "succeeded");
    assert.deepEqual(bed.uses.splice(0).map((use) => use?.scope), [pathPrefixes]);
  }
});

Deno.test("jobs out of somebody's scope can't be made, and are as if they weren't there", async () => {
  await using bed = await ApiBed.open();
  const admin = bed.token();
  bed.star("nas", { constellation: "lab" }), bed.star("pi", { constellation: "home" });
  const as = bed.token("operator", { constellations: ["lab"], pathPrefixes: ["/data/in"] });
  const make = (as: string, star: string, path: string) =>
    bed.ask("/jobs", { as, body: { kind: "scan", at: { star, path } } });
  assert.equal((await make(as, "pi", "/data/in")).status, 404);
  assert.equal((await make(as, "nas", "/data")).status, 403);
  assert.equal((await make(as, "nas", "/data/inner")).status, 403);
  // Every place that the options name counts, too.
  for (
    const [options, status] of [
      [{ linkDest: ["/data/x"] }, 403],
      [{ linkDest: ["/data/in/b"] }, 201],
      [{ linkDest: ["../x"] }, 400],
      [{ backup: { directory: "/data/x" } }, 403],
      [{ backup: { directory: "/data/in/b" } }, 201],
      [{ backup: { directory: ".old" } }, 201],
      [{ backup: { directory: "../old" } }, 400],
      [{ backup: { directory: "./old" } }, 400],
      [{ partial: { directory: ".p" } }, 201],
      [{ partial: { directory: ".p/in" } }, 400],
      [{ partial: { directory: "../p" } }, 400],
      [{ partial: { directory: "/data/in/p" } }, 400],
    ] as const
  ) {
    const place = { star: "nas", path: "/data/in" };
    const body = { kind: "sync", source: place, destination: place, options };
    const { status: answered } = await bed.ask("/jobs", { as, body });
    assert.equal(answered, status, JSON.stringify(options));
  }
  const mine = (await make(as, "nas", "/data/in/x")).body.job.id;
  const verify = {
    kind: "verify",
    source: { star: "nas", path: "/data/in" },
    destination: { star: "pi", path: "/data/in" },
  };
  const others = [];
  for (const [star, path] of [["pi", "/data/in"], ["nas", "/data"]]) {
    others.push((await make(admin, star, path)).body.job.id);
  }
  others.push((await bed.ask("/jobs", { as: admin, body: verify })).body.job.id);
  const listed = (await bed.ask("/jobs?limit=1", { as })).body.jobs;
  assert.deepEqual(listed.map(({ id }: { id: string }) => id), [mine]);
  for (const id of others) {
    for (const path of ["", "/items", "/results", "/events"]) {
      assert.equal((await bed.ask(`/jobs/${id}${path}`, { as })).status, 404, path);
    }
    assert.equal((await bed.ask(`/jobs/${id}/cancel`, { as, body: {} })).status, 404);
  }
  assert.equal((await bed.ask(`/jobs/${mine}/cancel`, { as, body: {} })).status, 200);
});

Deno.test("jobs are listed by state and kind, page by page, the newest first", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("operator");
  bed.star("nas");
  const ids: string[] = [];
  for (const kind of ["scan", "hash", "scan", "chunk", "scan"]) {
    ids.unshift((await bed.ask("/jobs", { as, body: { kind, at } })).body.job.id);
  }
  await bed.ask(`/jobs/${ids[0]}/cancel`, { as, body: {} });
  const list = async (query: string) => {
    const { body } = await bed.ask(`/jobs?${query}`, { as });
    return [body.jobs.map(({ id }: { id: string }) => ids.indexOf(id)), body.next];
  };
  assert.deepEqual(await list(""), [[0, 1, 2, 3, 4], undefined]);
  assert.deepEqual(await list("kind=scan"), [[0, 2, 4], undefined]);
  assert.deepEqual(await list("limit=2"), [[0, 1], ids[1]]);
  assert.deepEqual(await list(`limit=2&before=${ids[1]}`), [[2, 3], ids[3]]);
  assert.deepEqual(await list("state=cancelled,succeeded"), [[0], undefined]);
  assert.equal((await bed.ask("/jobs?state=done", { as })).status, 400);
});

Deno.test("jobs are paused, resumed and cancelled, once each, and that is audited", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("operator");
  bed.star("nas");
  // As many as a Star is given at a time, so that the next one waits.
  for (let i = 0; i < 4; i++) await bed.ask("/jobs", { as, body: { kind: "scan", at } });
  const { id } = (await bed.ask("/jobs", { as, body: { kind: "scan", at } })).body.job;
  const decide = async (verb: string) => {
    const { status, body } = await bed.ask(`/jobs/${id}/${verb}`, { as, body: {} });
    return status === 200 ? body.job.state : status;
  };
  assert.equal(await decide("resume"), 409);
  assert.equal(await decide("pause"), "paused");
  assert.equal(await decide("pause"), 409);
  assert.equal(await decide("resume"), "pending");
  assert.equal(await decide("cancel"), "cancelled");
  assert.equal(await decide("cancel"), 409);
  const records = bed.store.audit.list({ target: id });
  assert.deepEqual(records.map(({ action, outcome }) => `${action} ${outcome}`), [
    ...["job.cancel refused", "job.cancel allowed", "job.resume allowed", "job.pause refused"],
    ...["job.pause allowed", "job.resume refused", "job.create allowed"],
  ]);
});

Deno.test("a sync that waits for the Star it has lost is told as running, and can be paused", async () => {
  await using bed = await ApiBed.open({ files: { "a/x": "x" } });
  bed.gate.resolve();
  const as = bed.token("operator");
  bed.star("nas");
  const { transferTo } = bed.system;
  bed.system.transferTo = () => {
    bed.system.transferTo = transferTo;
    bed.gate = Promise.withResolvers();
    return Promise.reject(new OrbitError("unavailable", "the Star went away"));
  };
  const body = {
    ...{ kind: "copy", contents: true, source: { star: "nas", path: "/data/a" } },
    destination: { star: "nas", path: "/data/b" },
  };
  const { id } = (await bed.ask("/jobs", { as, body })).body.job;
  const waits = () => bed.dispatcher.progress(id)?.waitingFor !== undefined;
  await bed.until(id, () => waits() && bed.jobs.job(id).state === "interrupted");
  assert.equal((await bed.ask(`/jobs/${id}`, { as })).body.job.state, "running");
  for (const [state, count] of [["running", 1], ["interrupted", 0]] as const) {
    assert.equal((await bed.ask(`/jobs?state=${state}`, { as })).body.jobs.length, count, state);
  }
  const decide = async (verb: string) => await bed.ask(`/jobs/${id}/${verb}`, { as, body: {} });
  assert.equal((await decide("resume")).status, 409);
  assert.equal((await decide("pause")).body.job.state, "paused");
  await bed.until(id, () => bed.dispatcher.running === 0);
  assert.equal((await decide("resume")).status, 200);
  bed.gate.resolve();
  assert.equal(await bed.over(id), "succeeded");
});

Deno.test("a job that can't be put on record isn't done", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token("operator");
  bed.star("nas");
  bed.store.audit.append = () => {
    throw new Error("disk full");
  };
  assert.equal((await bed.ask("/jobs", { as, body: { kind: "scan", at } })).status, 500);
  const [{ id }] = bed.jobs.jobs();
  assert.equal(await bed.over(id), "cancelled");
});

Deno.test("items are listed by state, page by page", async () => {
  await using bed = await ApiBed.open({ files: FILES });
  bed.gate.resolve();
  const as = bed.token("operator");
  bed.star("nas");
  const { id } = (await bed.ask("/jobs", { as, body: { kind: "hash", at } })).body.job;
  await bed.over(id);
  const first = (await bed.ask(`/jobs/${id}/items?state=done&limit=2`, { as })).body;
  const second = (await bed.ask(`/jobs/${id}/items?limit=2&after=${first.next}`, { as })).body;
  const items = [...first.items, ...second.items];
  assert.deepEqual(items.map(({ key }) => key).sort(), Object.keys(FILES).sort());
  assert.equal(second.next, undefined);
  assert.match(items[0].result.hash, /^[0-9a-f]{64}$/);
  assert.deepEqual((await bed.ask(`/jobs/${id}/items?state=failed`, { as })).body.items, []);
  assert.equal((await bed.ask(`/jobs/${id}/items?step=copy`, { as })).status, 404);
  for (const wrong of ["nonsense", "0".repeat(12)]) {
    const { status } = await bed.ask(`/jobs/${wrong}/items`, { as });
    assert.equal(status, wrong === "nonsense" ? 400 : 404);
  }
});
