import assert from "node:assert/strict";
import { type Candidate, chooseForCall, chooseForStream } from "./worker_choice.ts";

interface Worker extends Candidate {
  name: string;
}

function worker(name: string, parts: Partial<Candidate> = {}): Worker {
  return { name, isReady: true, calls: 0, load: 0, unanswered: 0, ...parts };
}

Deno.test("chooseForCall takes a worker that stands and has room, the least busy one", () => {
  const choose = (...workers: Worker[]) => chooseForCall(workers, 2)?.name;
  const busy = { calls: 1, unanswered: 1 };
  assert.equal(choose(worker("a", busy), worker("b")), "b");
  assert.equal(choose(worker("a"), worker("b")), "a");
  assert.equal(choose(worker("starts", { isReady: false }), worker("b", busy)), "b");
  assert.equal(choose(worker("full", { calls: 2, unanswered: 2 })), undefined);
  assert.equal(choose(), undefined);
});

Deno.test("chooseForCall leaves a worker alone that scans, as long as another has room", () => {
  const scans = worker("scans", { load: 16, unanswered: 3 });
  const choose = (other: Worker) => chooseForCall([scans, other], 2)?.name;
  assert.equal(choose(worker("b", { calls: 1, load: 1, unanswered: 4 })), "b");
  assert.equal(choose(worker("b", { calls: 2, unanswered: 2 })), "scans");
});

Deno.test("chooseForCall minds no streams that ask for nothing just now", () => {
  const rests = worker("rests", { load: 16 }), busy = worker("b", { calls: 1, unanswered: 1 });
  assert.equal(chooseForCall([busy, rests], 2)?.name, "rests");
});

Deno.test("chooseForStream takes the least loaded worker, of two alike one that stands", () => {
  const choose = (...workers: Worker[]) => chooseForStream(workers)?.name;
  const starts = worker("starts", { isReady: false });
  assert.equal(choose(worker("a", { load: 2 }), worker("b", { load: 1 })), "b");
  assert.equal(choose(starts, worker("b")), "b");
  assert.equal(choose(starts, worker("b", { load: 1 })), "starts");
});
