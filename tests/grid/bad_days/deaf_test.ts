/** Stars that keep their connection alive and read nothing from it. */
import assert from "node:assert/strict";
import { connect as connectHttp2 } from "node:http2";
import { create, toBinary } from "@bufbuild/protobuf";
import { type FileOrder, SELECT_ALL } from "#core/file_jobs/mod.ts";
import { NUCLEUS_SERVER_NAME } from "#core/identity/mod.ts";
import { ControlRequestSchema } from "#proto/gen/orbit/v1/nucleus_pb.ts";
import type { Joined } from "../../../star/join/join.ts";
import { OPERATOR, TestNucleus } from "../nucleus_fixture.ts";
import { MemoryStar } from "../star_fixture.ts";
import { LEAVES_TIMERS, over, submit, until } from "./support.ts";

/** A control stream that says hello and never takes an answer: its window stays shut. */
function connectDeaf({ credentials }: Joined, port: number): Disposable {
  const session = connectHttp2(`https://127.0.0.1:${port}`, {
    ca: credentials.authorityPem,
    cert: credentials.certificatePem,
    key: credentials.keyPem.reveal(),
    servername: NUCLEUS_SERVER_NAME,
    settings: { initialWindowSize: 0 },
  });
  session.on("error", () => {});
  const stream = session.request({
    ":method": "POST",
    ":path": "/orbit.v1.NucleusService/Control",
    "content-type": "application/grpc",
    te: "trailers",
  }, { endStream: false });
  stream.on("error", () => {});
  const hello = toBinary(
    ControlRequestSchema,
    create(ControlRequestSchema, { message: { case: "hello", value: {} } }),
  );
  const frame = new Uint8Array(5 + hello.length);
  new DataView(frame.buffer).setUint32(1, hello.length);
  frame.set(hello, 5);
  stream.write(frame);
  return { [Symbol.dispose]: () => session.destroy() };
}

Deno.test(
  "a deaf Star is cut off by its revocation, and by another stream of it",
  LEAVES_TIMERS,
  async () => {
    await using test = await TestNucleus.start();
    const joined = await test.join(test.createToken({ name: "nas" }));
    const { starId } = joined.identity;
    const { links, parts } = test.nucleus;
    const order: FileOrder = { kind: "hash", at: { starId, path: "/data" }, ...SELECT_ALL };
    using _deaf = connectDeaf(joined, test.nucleus.port);
    await until(() => links.of(starId) !== undefined, "it is connected");
    const id = submit(test, order);
    {
      await using _star = await MemoryStar.connect(joined, { a: "alpha" });
      assert.equal((await over(test, id)).state, "succeeded");
    }
    await until(() => links.size === 0, "both streams are over", 5000);
    using _again = connectDeaf(joined, test.nucleus.port);
    await until(() => links.of(starId) !== undefined, "it is connected again");
    parts.adoption.revoke(starId, OPERATOR);
    assert.equal(links.of(starId), undefined);
    assert.equal((await over(test, submit(test, order))).error!.code, "denied");
    await until(() => links.size === 0, "its stream is over", 5000);
  },
);
