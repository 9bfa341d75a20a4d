/** `--timeout`: the end of a run in which nothing moves. */
import type { Clock } from "#core/clock.ts";
import { OrbitError } from "#core/errors.ts";
import type { Reporter } from "./reporter.ts";

/** Aborts its signal when nothing has moved for too long. */
export function watchActivity(
  reporter: Reporter,
  clock: Clock,
  timeoutMs: number | undefined,
): { signal: AbortSignal } & Disposable {
  const controller = new AbortController();
  if (timeoutMs === undefined) return { signal: controller.signal, [Symbol.dispose]() {} };
  const timer = setInterval(() => {
    if (clock.elapsed() - reporter.lastActivity < timeoutMs) return;
    controller.abort(
      new OrbitError("unavailable", `sync: nothing moved for ${timeoutMs / 1000} s`),
    );
  }, Math.min(1000, timeoutMs / 2));
  return { signal: controller.signal, [Symbol.dispose]: () => clearInterval(timer) };
}

/** Aborts with the first of those that are given. */
export function anySignal(...signals: (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}
