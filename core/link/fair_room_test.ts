import assert from "node:assert/strict";
import { FairRoom } from "./fair_room.ts";

function open(each: number, all: number) {
  const dropped: string[] = [];
  return { dropped, room: new FairRoom<string>({ each, all, drop: (one) => dropped.push(one) }) };
}

Deno.test("FairRoom drops a party's own oldest when it has its share", () => {
  const { room, dropped } = open(2, 10);
  for (const thing of ["a1", "a2", "a3"]) room.add("a", thing);
  assert.deepEqual([dropped, room.of("a"), room.size], [["a1"], ["a2", "a3"], 2]);
  assert.deepEqual([room.hasRoomFor("a"), room.hasRoomFor("b")], [false, true]);
});

Deno.test("FairRoom drops the oldest of the greediest for a newcomer, and none for the greediest", () => {
  const { room, dropped } = open(4, 6);
  for (const thing of ["a1", "b1", "b2", "b3", "c1", "c2"]) room.add(thing[0], thing);
  room.add("new", "new1");
  assert.deepEqual(dropped, ["b1"]);
  // Now b, c have two each: whoever of them wants more pays for it, and so does nobody else.
  assert.deepEqual(["a", "b", "c", "new"].map((party) => room.hasRoomFor(party)), [
    ...[true, false, false, true],
  ]);
  room.add("c", "c3");
  assert.deepEqual(dropped, ["b1", "c1"]);
  assert.equal(room.size, 6);
});

Deno.test("FairRoom gives a newcomer the place of the first where everybody has one", () => {
  const { room, dropped } = open(4, 3);
  for (const party of ["a", "b", "c"]) room.add(party, party);
  room.add("d", "d");
  room.add("d", "d again");
  assert.deepEqual(dropped, ["a", "d"]);
  assert.deepEqual([room.remove("d", "d"), room.remove("d", "d again")], [false, true]);
  room.clear();
  assert.deepEqual([dropped.slice(2), room.size, room.of("b")], [["b", "c"], 0, []]);
});
