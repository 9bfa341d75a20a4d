import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { ServerResponse } from "node:http";
import { Answers } from "./answering.ts";

/** Takes nothing of what it is given. */
class Idler extends EventEmitter {
  destroyed = false;
  status = 0;

  writeHead(status: number): this {
    this.status = status;
    return this;
  }

  write(): boolean {
    return false;
  }

  destroy(): void {
    this.destroyed = true;
    this.emit("close");
  }
}

async function* forEver(): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (;;) yield await Promise.resolve(new Uint8Array(1000));
}

/** Asks for content and takes nothing of it; resolves when it is refused or broken off. */
function idle(answers: Answers, star: string, thumbprint = star) {
  const link = {
    ...{
      files: { sources: [], items: [], followLinks: false },
      thumbprint,
      party: thumbprint,
      star,
    },
    ...{ bytesLeft: 1e9, cutsLeft: 0, hashesLeft: 0 },
  };
  const response = new Idler();
  const over = answers.answer(link, forEver, response as unknown as ServerResponse);
  over.catch(() => {});
  return { response, over };
}

Deno.test("who takes nothing of very much is refused more, and breaks off for others", async () => {
  const answers = new Answers({}, () => {});
  const hostile = Array.from(
    { length: 4 },
    (_, star) => Array.from({ length: 256 }, () => idle(answers, `hostile ${star}`)),
  );
  const more = idle(answers, "hostile 0");
  await assert.rejects(more.over, { code: "exhausted", detail: { retryable: true } });
  assert.equal(more.response.status, 0);
  const honest = Array.from({ length: 100 }, () => idle(answers, "honest"));
  const all = [...hostile.flat(), ...honest];
  const left = () => all.filter(({ response }) => !response.destroyed);
  while (left().length > 1024) await new Promise((turn) => setTimeout(turn, 0));
  assert(honest.every(({ response }) => !response.destroyed && response.status === 200));
  assert.equal(left().length, 1024);
  for (const { response } of left()) response.destroy();
  await Promise.all(all.map(({ over }) => over));
  // Nothing is left of what was broken off.
  const after = Array.from({ length: 256 }, () => idle(answers, "hostile 0"));
  for (const { response } of after) {
    assert.equal(response.status, 200);
    response.destroy();
  }
  await Promise.all(after.map(({ over }) => over));
});

Deno.test("a Star with a renewed certificate has no second share", async () => {
  const answers = new Answers({}, () => {});
  const old = Array.from({ length: 256 }, () => idle(answers, "hostile", "old"));
  await assert.rejects(idle(answers, "hostile", "new").over, { code: "exhausted" });
  const other = idle(answers, "honest", "other");
  assert.equal(other.response.status, 200);
  for (const { response } of [...old, other]) response.destroy();
  await Promise.all([...old, other].map(({ over }) => over));
});

Deno.test("who is revoked is broken off", async () => {
  const answers = new Answers({}, () => {
    throw new Error("revoked");
  });
  const { response, over } = idle(answers, "one");
  await over;
  assert(response.destroyed);
});
