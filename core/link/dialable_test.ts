import assert from "node:assert/strict";
import { dialEach } from "./dialable.ts";

/** Whom it would dial. */
async function dialled(host: string, loopback: boolean): Promise<string[]> {
  const hosts: string[] = [];
  await dialEach({ host, port: 1 }, { loopback }, (address) => {
    hosts.push(address.host);
    return Promise.resolve();
  });
  return hosts;
}

Deno.test("dialEach dials what is another machine's, and this one where Stars may be on it", async () => {
  assert.deepEqual(await dialled("192.0.2.7", false), ["192.0.2.7"]);
  assert.deepEqual(await dialled("127.0.0.1", true), ["127.0.0.1"]);
  assert.match((await dialled("localhost", true))[0], /^127\.|^::1$/);
});

Deno.test("dialEach dials nothing that is no other machine's, and says so", async () => {
  const none: [string, boolean, RegExp][] = [
    ["169.254.169.254", true, /link-local address, which isn't dialled/],
    ["::ffff:169.254.169.254", true, /link-local/],
    ["0.0.0.0", true, /no machine/],
    ["127.0.0.1", false, /loopback/],
    ["localhost", false, /(127\.0\.0\.1|::1) is a loopback/],
    ["no-such-star.invalid", true, /./],
  ];
  for (const [host, loopback, why] of none) {
    await assert.rejects(dialled(host, loopback), why, host);
  }
});

Deno.test("dialEach fails as the last address did", async () => {
  const refused = () => Promise.reject(new Error("refused"));
  await assert.rejects(dialEach({ host: "192.0.2.7", port: 1 }, { loopback: false }, refused), {
    message: "refused",
  });
});

Deno.test("dialEach dials this machine by its own name, though others' stars aren't here", async () => {
  const hosts: string[] = [];
  const rule = {
    ...{ loopback: false, ownName: "Nas" },
    lookUp: (name: string) =>
      Promise.resolve(name === "evil" ? ["127.0.0.1"] : ["169.254.169.254", "127.0.1.1"]),
  };
  const dial = ({ host }: { host: string }) => Promise.resolve(void hosts.push(host));
  await dialEach({ host: "nas", port: 1 }, rule, dial);
  assert.deepEqual(hosts, ["127.0.1.1"]);
  for (const host of ["evil", "127.0.0.1", "nas.example"]) {
    await assert.rejects(dialEach({ host, port: 1 }, rule, dial), /127\S+ is a loopback/, host);
  }
  const unnamed = { ...rule, ownName: "" };
  await assert.rejects(dialEach({ host: "", port: 1 }, unnamed, dial), /is a loopback/);
  assert.equal(hosts.length, 1);
});

Deno.test("dialEach counts only what it dials, and gives each its share of the time", async () => {
  const odd = ["127.0.0.1", "::1", "169.254.1.1", "fe80::1"];
  const good = ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4", "192.0.2.5"];
  const dialledOf = async (found: string[]) => {
    const rule = { loopback: false, lookUp: () => Promise.resolve(found) };
    const seen: [string, number][] = [];
    const dial = ({ host }: { host: string }, share: number) => {
      seen.push([host, share]);
      return Promise.reject(new Error("dead"));
    };
    await assert.rejects(dialEach({ host: "name", port: 1 }, rule, dial), { message: "dead" });
    return seen;
  };
  assert.deepEqual(await dialledOf([...odd, good[0]]), [[good[0], 1]]);
  assert.deepEqual(await dialledOf([...odd, ...good]), good.slice(0, 4).map((ip) => [ip, 1 / 4]));
});
