import assert from "node:assert/strict";
import { ApiBed } from "./fixture.ts";
import { MAX_BODY_BYTES } from "./input.ts";

const json = { "content-type": "application/json" };

Deno.test("readBody refuses what is no JSON object of known fields, and says why", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const cases: [raw: BodyInit, status: number, message: RegExp][] = [
    ["{", 400, /not JSON/],
    ["[]", 400, /not a JSON object/],
    ["null", 400, /not a JSON object/],
    ['"x"', 400, /not a JSON object/],
    [new Uint8Array([0x7b, 0xff, 0x7d]), 400, /not UTF-8/],
    ['{"names":"x"}', 400, /unknown field "names"/],
    ['{"__proto__":{"approved":true}}', 400, /unknown field "__proto__"/],
    ['{"constructor":1}', 400, /unknown field "constructor"/],
    ['{"name":5}', 400, /"name" must be a text/],
    ['{"name":""}', 400, /"name" must be a text/],
    ['{"name":"NAS 1"}', 400, /a name is 1 to 63 of a-z/],
    ['{"roots":["data"]}', 400, /isn't an absolute path/],
    ['{"roots":"/data"}', 400, /"roots" must be a list/],
    ['{"roots":[1]}', 400, /"roots.0" must be a path/],
    ['{"lifetimeMs":3600001}', 400, /"lifetimeMs" must be a whole number from 1000 to 3600000/],
    ['{"lifetimeMs":1e400}', 400, /"lifetimeMs" must be a whole number/],
    ['{"lifetimeMs":1500.5}', 400, /"lifetimeMs" must be a whole number/],
    ['{"approved":"yes"}', 400, /"approved" must be true or false/],
    ["[".repeat(200_000), 400, /not JSON/],
    [`{"name":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, 400, /"name" must be|not JSON/],
    [`{"name":"${"x".repeat(MAX_BODY_BYTES)}"}`, 413, /larger than 1048576 bytes/],
  ];
  for (const [raw, status, message] of cases) {
    const answer = await bed.ask("/tokens", { as, method: "POST", raw, headers: json });
    assert.equal(answer.status, status, `${raw.toString().slice(0, 50)}`);
    assert.match(answer.body.error.message, message);
    assert.ok(answer.body.error.message.length < 1000);
  }
  assert.equal(bed.store.joinTokens.list().length, 0);
});

Deno.test("readBody stops reading a body without an end", async () => {
  await using bed = await ApiBed.open();
  let produced = 0;
  const raw = new ReadableStream<Uint8Array>({
    pull(controller) {
      produced += 65_536;
      controller.enqueue(new Uint8Array(65_536).fill(0x20));
    },
  }, { highWaterMark: 0 });
  const request = new Request("http://nucleus/api/v1/tokens", {
    ...{ method: "POST", body: raw, headers: { ...json, authorization: `Bearer ${bed.token()}` } },
  });
  const response = await bed.api.fetch(request, { caller: { via: "network", address: "a" } });
  assert.equal(response.status, 413);
  assert.ok(produced <= MAX_BODY_BYTES + 2 * 65_536, `${produced}`);
});

Deno.test("readBody wants application/json, and takes none for an empty object", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const post = (raw?: string, type?: string) =>
    bed.ask("/tokens", {
      ...{ as, method: "POST", raw },
      headers: type === undefined ? {} : { "content-type": type },
    });
  assert.equal((await post("{}", "text/plain")).status, 415);
  assert.equal((await post("{}", "application/jsonp")).status, 415);
  assert.equal((await post("{}", "application/json; charset=utf-8")).status, 201);
  assert.equal((await post()).status, 201);
});

Deno.test("a body where none is meant is refused", async () => {
  await using bed = await ApiBed.open();
  const star = bed.star("nas", { isApproved: false });
  const asking = { as: bed.token(), body: { force: true } };
  const { status, body } = await bed.ask(`/stars/${star.name}/approve`, asking);
  assert.equal(status, 400);
  assert.match(body.error.message, /unknown field "force"/);
  assert.equal(bed.store.stars.byId(star.id)!.standing, "pending");
});

Deno.test("readQuery refuses unknown, repeated and wrong parameters by name", async () => {
  await using bed = await ApiBed.open();
  const as = bed.token();
  const cases: [query: string, message: RegExp][] = [
    ["sate=online", /unknown field "sate"/],
    ["status=on", /"status" must be one of/],
    ["limit=0", /"limit" must be a whole number from 1 to 1000/],
    ["limit=1001", /"limit" must be/],
    ["limit=1e2", /"limit" must be/],
    ["limit=5&limit=6", /"limit" is given twice/],
    ["__proto__=x", /unknown field "__proto__"/],
    ["after=", /"after" must be/],
  ];
  for (const [query, message] of cases) {
    const { status, body } = await bed.ask(`/stars?${query}`, { as });
    assert.equal(status, 400, query);
    assert.match(body.error.message, message);
  }
});
