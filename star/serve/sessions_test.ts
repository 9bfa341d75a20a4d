import assert from "node:assert/strict";
import { ManualClock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import { MAX_SESSIONS, SESSION_MS, Sessions } from "./sessions.ts";

function showing(metadata: Record<string, string>) {
  return { metadata: (name: string) => metadata[name] };
}

function isOpen(sessions: Sessions, id: string): boolean {
  try {
    sessions.require(showing({ "x-orbit-session": id }));
    return true;
  } catch (error) {
    assert.equal((error as OrbitError).code, "unauthenticated");
    return false;
  }
}

Deno.test("Sessions lets in who shows an open session, under either name", () => {
  const sessions = new Sessions(new ManualClock());
  const { id, expiresInS } = sessions.open();
  assert.equal(expiresInS, 3600);
  assert.equal(Uint8Array.fromBase64(id, { alphabet: "base64url" }).length, 32);
  assert.ok(isOpen(sessions, id));
  sessions.require(showing({ "session-id": id }));
  assert.notEqual(sessions.open().id, id);
  assert.ok(isOpen(sessions, id));
});

Deno.test("Sessions refuses none, a wrong one, and one that has expired", async () => {
  const clock = new ManualClock();
  const sessions = new Sessions(clock);
  const { id } = sessions.open();
  assert.throws(() => sessions.require(showing({})), /shows no session/);
  for (const wrong of ["", id.slice(1), `${id}A`, "x".repeat(8000)]) {
    assert.ok(!isOpen(sessions, wrong));
  }
  await clock.advance(SESSION_MS - 1);
  assert.ok(isOpen(sessions, id));
  await clock.advance(1);
  assert.ok(!isOpen(sessions, id));
  assert.ok(!isOpen(sessions, id));
});

Deno.test("Sessions ends the one that wasn't used for longest when there are too many", () => {
  const sessions = new Sessions(new ManualClock());
  const ids = Array.from({ length: MAX_SESSIONS }, () => sessions.open().id);
  assert.ok(isOpen(sessions, ids[0]));
  const last = sessions.open().id;
  assert.ok(!isOpen(sessions, ids[1]));
  for (const id of [ids[0], ids[2], last]) assert.ok(isOpen(sessions, id));
});
