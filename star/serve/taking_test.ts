import assert from "node:assert/strict";
import { systemClock } from "#core/clock.ts";
import { createStarId, starServerName } from "#core/identity/mod.ts";
import { createGrantKeys, type Grant, GrantSigner, LinkMeter } from "#core/link/mod.ts";
import type { TransferRequest } from "#core/system/mod.ts";
import { FakeNucleus } from "../testing/fake_nucleus.ts";
import { joinFake } from "../testing/fake_star.ts";
import { Taking } from "./taking.ts";

const REQUEST: TransferRequest = {
  ...{ sources: ["/data"], base: "/data", actions: [] },
  options: {
    ...{ tag: "takingtt", verify: true, followLinks: false, keepTimes: true, sparse: false },
    ...{ inplace: false, fsync: false, keepPartial: false },
  },
};

/** Somebody who listens, and counts who comes. */
class Passerby implements AsyncDisposable {
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  readonly address = `127.0.0.1:${(this.#listener.addr as Deno.NetAddr).port}`;
  came = 0;
  readonly #work = this.#accept();

  async #accept(): Promise<void> {
    for await (const connection of this.#listener) {
      this.came++;
      connection.close();
    }
  }

  async [Symbol.asyncDispose]() {
    this.#listener.close();
    await this.#work;
  }
}

Deno.test("a Star dials nobody whom its Nucleus's grant doesn't name", async () => {
  await using nucleus = await FakeNucleus.open();
  const credentials = await joinFake(nucleus);
  const parts = { meter: new LinkMeter(), clock: systemClock, credentials: () => credentials };
  await using taking = new Taking(parts);
  await using passerby = new Passerby();
  const { address } = passerby, source = createStarId();
  const keys = await createGrantKeys(), foreign = await createGrantKeys();
  const sign = async (changes: Partial<Grant> = {}, { privatePem } = keys) => {
    const signer = await GrantSigner.open(privatePem, systemClock);
    const hash = "ab".repeat(32);
    const allowed = { source, address, destinationThumbprint: hash, itemsHash: hash, maxBytes: 1 };
    return (await signer.sign({ ...allowed, ...changes }, 60_000)).token;
  };
  const open = async (grant: string, serverName = starServerName(source)) => {
    const { signal } = new AbortController();
    const opening = taking.open({ address, serverName, grant }, REQUEST, signal);
    return await opening.then(() => "opened", (error) => error.code);
  };
  assert.equal(await open(await sign()), "unavailable", "before the Nucleus told its key");
  taking.learnKey(keys.publicPem);
  assert.equal(await open(await sign({ address: "127.0.0.1:1" })), "denied");
  assert.equal(await open(await sign({ address: "" })), "denied");
  assert.equal(await open(await sign({ source: createStarId() })), "denied");
  assert.equal(await open(await sign(), "localhost"), "denied");
  assert.equal(await open(await sign({}, foreign)), "denied");
  assert.equal(await open(""), "denied");
  assert.equal(passerby.came, 0);
  assert.equal(await open(await sign()), "unavailable", "named, but no Star");
  assert.equal(passerby.came, 1);
});

Deno.test("a Star whose Nucleus is elsewhere dials nothing on its own machine, whatever a grant names", async () => {
  await using nucleus = await FakeNucleus.open();
  const own = await joinFake(nucleus);
  await using passerby = new Passerby();
  const { address } = passerby, source = createStarId(), keys = await createGrantKeys();
  const signer = await GrantSigner.open(keys.privatePem, systemClock);
  const hash = "ab".repeat(32);
  const allowed = { source, address, destinationThumbprint: hash, itemsHash: hash, maxBytes: 1 };
  for (const loopback of [false, true]) {
    const parts = { meter: new LinkMeter(), clock: systemClock, credentials: () => own };
    await using taking = new Taking({ ...parts, rule: { loopback } });
    taking.learnKey(keys.publicPem);
    const { token: grant } = await signer.sign(allowed, 60_000);
    const target = { address, serverName: starServerName(source), grant };
    const opening = taking.open(target, REQUEST, new AbortController().signal);
    await assert.rejects(opening, { code: "unavailable" });
    assert.equal(passerby.came, loopback ? 1 : 0);
  }
});
