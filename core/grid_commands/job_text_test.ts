import { strictEqual as equal } from "node:assert/strict";
import type { JobShape } from "#core/grid_api/mod.ts";
import { progressText } from "./job_text.ts";

const none = { items: 0, bytes: 0 };

/** One large file at work, and one that is done. */
function jobOf(progress: JobShape["progress"]): JobShape {
  const counts = {
    ...{ pending: none, waiting: none, skipped: none, stale: none, failed: none },
    ...{ done: { items: 1, bytes: 1 << 20 }, running: { items: 1, bytes: 7 << 20 } },
  };
  return {
    ...{ id: "000000000001", kind: "sync", label: "", state: "running", attempt: 1, priority: 0 },
    ...{ places: [], createdAtMs: 0, progress },
    steps: [{ name: "transfer", state: "running", counts }],
  };
}

Deno.test("progressText counts what is there of a file that is at work, and never too much", () => {
  const text = (written: number) => progressText(jobOf({ entries: 0, bytes: 0, written }));
  equal(text(3 << 20), "1 of 2 items, 3.00 MiB of 8.00 MiB");
  equal(text(0), "1 of 2 items, 1.00 MiB of 8.00 MiB");
  equal(text(9 << 20), "1 of 2 items, 8.00 MiB of 8.00 MiB");
  equal(progressText(jobOf(undefined)), "1 of 2 items, 1.00 MiB of 8.00 MiB");
});
