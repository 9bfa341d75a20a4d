/** Content over links between Stars, and what is relayed without one. */
import { deepStrictEqual as deepEqual, strictEqual as equal } from "node:assert/strict";
import { createInProcessCaller } from "#core/rpc/mod.ts";
import {
  createMemoryDisk,
  openInlineSystem,
  type PackSource,
  type TransferRequest,
} from "#core/system/mod.ts";
import { createTestContent } from "#core/system/parcel/test_content.ts";
import { copyOf, how } from "#core/system/system_conformance_bed.ts";
import { rejectsAs, succeeded, textAt, utf8 } from "#core/system/system_conformance_help.ts";
import type { LinkBroker, LinkSource, OpenLink } from "./link.ts";
import { openRemoteSystem } from "./remote_system.ts";
import { serveSystem } from "./serve.ts";

const LINK: LinkSource = {
  address: "127.0.0.1:7",
  serverName: "star-2",
  grant: "secret",
  job: "a-job",
};
const CONTENT = createTestContent({ a: utf8("over the link"), b: utf8("too") });
const RELAYED = createTestContent({ a: utf8("relayed") });
const REQUEST: TransferRequest = {
  ...{ sources: ["/elsewhere"], base: "/root", options: how() },
  actions: [copyOf("a", 13), copyOf("b", 3)],
};

async function openStar(openLink?: OpenLink, broker?: LinkBroker) {
  const system = await openInlineSystem(createMemoryDisk({ roots: ["/root"] }));
  const caller = createInProcessCaller([serveSystem(system, { openLink, roots: ["/root"] })]);
  return { system, star: openRemoteSystem({ caller, name: "star-1", broker }) };
}

/** Opens links to the content, and keeps what was asked. */
function linkTo(content: PackSource) {
  const opened: [LinkSource, TransferRequest][] = [];
  let open = 0;
  const openLink: OpenLink = (link, request) => {
    opened.push([link, request]);
    open++;
    return Promise.resolve({
      ...{ name: "link", pack: content.pack },
      [Symbol.asyncDispose]: () => Promise.resolve(void open--),
    });
  };
  return { opened, openLink, stillOpen: () => open };
}

Deno.test("content comes over the link that a broker gives, which is closed then", async () => {
  const { opened, openLink, stillOpen } = linkTo(CONTENT);
  const asked: unknown[] = [];
  const broker: LinkBroker = {
    link(source, target, request) {
      asked.push([source, target.name, request.actions.length]);
      return Promise.resolve(LINK);
    },
  };
  const { system, star } = await openStar(openLink, broker);
  succeeded(await star.receive(REQUEST, RELAYED));
  equal(await textAt(system, "/root/a"), "over the link");
  deepEqual(asked, [[RELAYED, "star-1", 2]]);
  deepEqual(opened.map(([link]) => link), [LINK]);
  deepEqual(opened[0][1].actions.map(({ path }) => path), ["a", "b"]);
  equal(stillOpen(), 0);
});

Deno.test("each call of a large batch has a link of its own, for what it carries", async () => {
  const counts: number[] = [];
  const broker: LinkBroker = {
    link(_source, _target, request) {
      counts.push(request.actions.length);
      return Promise.resolve(LINK);
    },
  };
  const { star } = await openStar(linkTo(CONTENT).openLink, broker);
  const actions = Array.from({ length: 300 }, (_, i) => copyOf(`${i}`, 3, { sourcePath: "b" }));
  succeeded(await star.receive({ ...REQUEST, actions }, RELAYED));
  deepEqual(counts, [256, 44]);
});

Deno.test("without a link content is relayed, and what needs none asks for none", async () => {
  let asked = 0;
  const broker: LinkBroker = { link: () => (asked++, Promise.resolve(undefined)) };
  const { system, star } = await openStar(undefined, broker);
  succeeded(await star.receive({ ...REQUEST, actions: [copyOf("a", 7)] }, RELAYED));
  equal(await textAt(system, "/root/a"), "relayed");
  equal(asked, 1);
  const directory = { kind: "directory" as const, path: "dir", metadata: {} };
  succeeded(await star.receive({ ...REQUEST, actions: [directory] }, RELAYED));
  equal(asked, 1);
});

Deno.test("a link that can't be opened fails the call, and nothing is made", async () => {
  const broker: LinkBroker = { link: () => Promise.resolve(LINK) };
  const { system, star } = await openStar(undefined, broker);
  await rejectsAs("unsupported", star.receive(REQUEST, RELAYED));
  deepEqual(await system.scanDirectory("/root"), []);
});
