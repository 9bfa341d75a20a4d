import assert from "node:assert/strict";
import { ExitCode } from "./exit_codes.ts";
import { ExitRequest, FakeHost } from "./fake_host.ts";
import type { StopSignal } from "./host.ts";
import { runService } from "./service.ts";

/** Work that ends with its signal's reason. */
function untilStopped(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
}

const STATUSES: [StopSignal, ExitCode][] = [["SIGTERM", 0], ["SIGINT", 20], ["SIGHUP", 20]];
for (const [name, status] of STATUSES) {
  Deno.test(`runService ends with ${status} after ${name}`, async () => {
    const host = new FakeHost();
    const running = runService(host, untilStopped);
    host.stop(name);
    assert.equal(await running, status);
    assert.equal(host.leaks, 0);
  });
}

Deno.test("runService passes on what the work comes to by itself", async () => {
  assert.equal(await runService(new FakeHost(), () => Promise.resolve(ExitCode.refused)), 5);
  const failing = runService(new FakeHost(), () => Promise.reject(new Error("broken")));
  await assert.rejects(failing, /broken/);
});

Deno.test("runService ends at once when asked twice", async () => {
  const host = new FakeHost();
  const end = Promise.withResolvers<ExitCode>();
  const running = runService(host, () => end.promise);
  host.stop("SIGTERM");
  assert.throws(() => host.stop("SIGINT"), (error) => (error as ExitRequest).code === 0);
  end.resolve(ExitCode.ok);
  assert.equal(await running, ExitCode.ok);
});
