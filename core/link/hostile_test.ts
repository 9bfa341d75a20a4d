/** Sources that are silent, endless or lie, and destinations that want too much. */
import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import { create, toBinary } from "@bufbuild/protobuf";
import { ManualClock } from "#core/clock.ts";
import { createStarId, starServerName } from "#core/identity/mod.ts";
import { openTlsPort } from "#core/rpc/mod.ts";
import { createMemoryDisk, openInlineSystem } from "#core/system/mod.ts";
import { LinkRefusalSchema, OpenLinkResponseSchema } from "#proto/gen/orbit/v1/link_pb.ts";
import { type LinkFiles, LinkPool, openLink } from "./mod.ts";
import { OpenLinks } from "./open_links.ts";
import { TestNucleus } from "./test_nucleus.ts";

const FILES: LinkFiles = {
  sources: ["/data"],
  items: [{ source: 0, path: "a" }],
  followLinks: false,
};
const OPENED = toBinary(
  OpenLinkResponseSchema,
  create(OpenLinkResponseSchema, { linkId: "ab".repeat(32) }),
);

/** A Star that answers as it likes, and a pool of one that would take from it. */
async function openLiar(listener: RequestListener) {
  await using stack = new AsyncDisposableStack();
  const nucleus = await TestNucleus.open(), source = createStarId();
  const tls = await nucleus.issue(source), credentials = await nucleus.issue();
  const http = createServer(listener);
  const port = stack.use(
    await openTlsPort({ hostname: "127.0.0.1", port: 0, tls, members: () => {}, http }),
  );
  const pool = stack.use(new LinkPool(() => credentials));
  const target = {
    address: { host: "127.0.0.1", port: port.port },
    serverName: starServerName(source),
    grant: "x",
  };
  const kept = stack.move();
  return {
    open: (more: { parcelMs?: number } = {}) => {
      const timeouts = { answerMs: 500, silenceMs: 100, ...more };
      return openLink(target, FILES, pool, { timeouts });
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Opens links to whoever comes, and answers requests for content so. */
function opening(pack: RequestListener): RequestListener {
  return (request, response) => {
    request.resume();
    if (request.url === "/link/v1/pack") return pack(request, response);
    response.end(request.url === "/link/v1/open" ? OPENED : undefined);
  };
}

/** A parcel behind its length. */
function framed(parcel: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + parcel.length);
  new DataView(bytes.buffer).setUint32(0, parcel.length, true);
  bytes.set(parcel, 4);
  return bytes;
}

Deno.test("a source that never answers, or whose answer has no end, is given up", async () => {
  const endless: RequestListener = (_, response) => {
    response.writeHead(200);
    const more = () => {
      while (!response.destroyed && response.write(new Uint8Array(65_536)));
    };
    response.on("drain", more);
    more();
  };
  const refused = create(LinkRefusalSchema, { code: "denied", message: "x".repeat(1 << 20) });
  const answers: RequestListener[] = [
    () => {},
    (_, response) => response.writeHead(200).write("x"),
    endless,
    (_, response) => response.writeHead(403).end(toBinary(LinkRefusalSchema, refused)),
    (_, response) => response.end("no link"),
    (_, response) => response.writeHead(302, { location: "https://127.0.0.1:1/" }).end(),
  ];
  for (const [index, answer] of answers.entries()) {
    await using liar = await openLiar((request, response) => {
      request.resume();
      answer(request, response);
    });
    await assert.rejects(liar.open(), { code: "unavailable" }, `answer ${index}`);
  }
});

Deno.test("a source that falls silent, is cut off or sends what is no parcel is given up", async () => {
  const packs: [RequestListener, RegExp][] = [
    [(_, response) => response.writeHead(200).write(framed(new Uint8Array(8))), /nothing came/],
    [(_, response) => response.writeHead(200).flushHeaders(), /nothing came/],
    [(_, response) => response.writeHead(200).end(new Uint8Array([9, 0, 0, 0, 1])), /cut off/],
    [(_, response) => response.writeHead(200).end(new Uint8Array(4)), /length/],
    [(_, response) => response.writeHead(200).end(new Uint8Array(4).fill(255)), /length/],
  ];
  for (const [pack, message] of packs) {
    await using liar = await openLiar(opening(pack));
    await using link = await liar.open();
    const parcels = link.pack({ sources: ["/data"], items: FILES.items, followLinks: false });
    await assert.rejects(Array.fromAsync(parcels), { code: "unavailable", message });
  }
});

Deno.test("a source that gives a byte now and then is given up where a parcel may not take for ever", async () => {
  const trickling: RequestListener = (_, response) => {
    response.writeHead(200).write(new Uint8Array([0, 0, 1, 0]));
    const timer = setInterval(() => response.write(new Uint8Array(1)), 10);
    response.once("close", () => clearInterval(timer));
  };
  await using liar = await openLiar(opening(trickling));
  await using link = await liar.open({ parcelMs: 300 });
  const parcels = link.pack({ sources: ["/data"], items: FILES.items, followLinks: false });
  await assert.rejects(Array.fromAsync(parcels), { code: "unavailable", message: /whole parcel/ });
});

Deno.test("what a source refuses with is one short line, and does nothing to a terminal", async () => {
  const message = `no\x1b[2J\r\nINFO all is well\u202e${"x".repeat(5000)}`;
  const refusal = create(LinkRefusalSchema, { code: "invalid", message });
  await using liar = await openLiar((_, response) =>
    response.writeHead(400).end(toBinary(LinkRefusalSchema, refusal))
  );
  const error = await liar.open().then(() => undefined, (error: Error) => error);
  assert.match(error!.message, /^no[^\p{Cc}\p{Bidi_Control}]+$/u);
  assert(error!.message.length <= 512);
});

Deno.test("who has the most links open makes room for others, when there are too many in all", () => {
  const links = new OpenLinks(new ManualClock(1e12));
  const open = (thumbprint: string) =>
    links.add({
      ...{ files: FILES, thumbprint, bytesLeft: 1, cutsLeft: 1, hashesLeft: 1 },
      ...{ party: thumbprint, star: thumbprint },
    });
  const hostile = Array.from({ length: 64 }, (_, star) => `hostile ${star}`);
  const opened = hostile.map((star) => Array.from({ length: 64 }, () => open(star)));
  const mine = Array.from({ length: 63 }, () => open("mine"));
  for (const id of mine) links.end("mine", id);
  const gone = opened.flatMap((ids, star) =>
    ids.filter((id) => {
      try {
        links.end(hostile[star], id);
        return false;
      } catch {
        return true;
      }
    })
  );
  assert.equal(gone.length, 63);
});

Deno.test("with another grant may go what a source refused: it was started anew, or a key was", async () => {
  for (const code of ["denied", "unauthenticated"]) {
    const refusal = toBinary(LinkRefusalSchema, create(LinkRefusalSchema, { code, message: "x" }));
    await using liar = await openLiar(
      opening((_, response) => response.writeHead(401).end(refusal)),
    );
    await using link = await liar.open();
    const parcels = link.pack({ sources: ["/data"], items: FILES.items, followLinks: false });
    await assert.rejects(Array.fromAsync(parcels), {
      code,
      detail: { side: "source", retryable: true },
    });
  }
});

Deno.test("nothing that a lying source sends gets a final name, and none of it is kept", async () => {
  const random = framed(crypto.getRandomValues(new Uint8Array(1000)));
  const packs: RequestListener[] = [
    (_, response) => response.end(),
    (_, response) => response.end(random),
    (_, response) => {
      response.writeHead(200);
      const more = () => {
        while (!response.destroyed && response.write(framed(new Uint8Array(1 << 20).fill(2))));
      };
      response.on("drain", more);
      more();
    },
  ];
  for (const size of [10, 80 << 20]) {
    for (const pack of packs) {
      await using liar = await openLiar(opening(pack));
      await using link = await liar.open();
      const disk = createMemoryDisk({ roots: ["/data"] });
      await using target = await openInlineSystem(disk, "target");
      const [{ error }] = await target.receive({
        sources: ["/data"],
        base: "/data",
        actions: [{ kind: "copy", path: "a", sourcePath: "a", source: 0, size, metadata: {} }],
        options: {
          ...{ tag: "linktest", verify: true, followLinks: false, keepTimes: true },
          ...{ sparse: false, inplace: false, fsync: false, keepPartial: false },
        },
      }, link);
      assert.equal(error?.code, "corrupt", JSON.stringify(error));
      assert.deepEqual(await target.scanDirectory("/data"), []);
    }
  }
});

Deno.test("links end when they are ended or left alone, and no certificate has too many", async () => {
  const clock = new ManualClock(1e12);
  const links = new OpenLinks(clock);
  const link = {
    files: FILES,
    thumbprint: "me",
    bytesLeft: 1,
    cutsLeft: 1,
    hashesLeft: 1,
    party: "me",
    star: "me",
  };
  const works = async (id: string, who = "me") => {
    try {
      await links.use(who, id, () => Promise.resolve());
      return true;
    } catch {
      return false;
    }
  };
  const open = () => links.add(link);
  const first = open();
  assert.deepEqual([await works(first), await works(first, "you")], [true, false]);
  assert.throws(() => links.end("you", first), { code: "unauthenticated" });
  links.end("me", first);
  assert.equal(await works(first), false);

  const long = open();
  await links.use("me", long, async () => {
    const other = open();
    await clock.advance(16 * 60_000);
    assert.equal(await works(other), false);
    const many = Array.from({ length: 100 }, open);
    assert.equal(await works(many[0]), false);
    assert.equal(await works(many.at(-1)!), true);
    links.makeRoom("you");
  });
  assert.equal(await works(long), true, "one in use isn't ended");
  await clock.advance(25 * 3600_000);
  assert.equal(await works(long), false);
});
