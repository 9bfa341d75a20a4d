import assert from "node:assert/strict";
import { createSyncSteps, type StepServices } from "./steps.ts";

Deno.test("files are kept in the job's store once they are over, or at work where that may go on", () => {
  const transferTo = (destination: object) => {
    const services = { destination, reporter: {}, width: 1 } as StepServices;
    return createSyncSteps(services).transfer;
  };
  const here = transferTo({}), elsewhere = transferTo({ claim: () => [] });
  assert.deepEqual([here.replan, here.distinct], [true, true]);
  assert.deepEqual([typeof here.recover, typeof elsewhere.recover], ["undefined", "function"]);
});
