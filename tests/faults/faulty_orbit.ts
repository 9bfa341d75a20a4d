/**
 * `orbit sync` for a bad day: the first argument says, as JSON, what goes wrong; the others are
 * those of `orbit sync`. Everything but the disk and the moment of a flush is the real thing.
 */
import { syncCommand } from "../../cli/commands/sync.ts";
import { createDenoHost } from "#core/program/deno_host.ts";
import { runLocalSync } from "../../cli/sync/engine.ts";
import { Database } from "#core/sqlite/mod.ts";
import { type FaultRule, faultyWorker } from "./rules.ts";

/** What goes wrong. */
export interface BadDay {
  rules?: FaultRule[];
  /** The process dies at the n-th flush of the job store, before or after it. */
  killAtFlush?: { at: number; when: "before" | "after" };
}

function dieAtFlush({ at, when }: NonNullable<BadDay["killAtFlush"]>): void {
  const { commit } = Database.prototype;
  const die = () => Deno.kill(Deno.pid, "SIGKILL");
  let flushes = 0;
  Database.prototype.commit = function () {
    flushes++;
    if (flushes === at && when === "before") die();
    commit.call(this);
    if (flushes === at) die();
  };
}

if (import.meta.main) {
  const [text, ...args] = Deno.args;
  const { rules = [], killAtFlush } = JSON.parse(text) as BadDay;
  if (killAtFlush !== undefined) dieAtFlush(killAtFlush);
  const host = createDenoHost("orbit");
  const workers = { program: faultyWorker(rules) };
  host.exit(
    await syncCommand(
      args,
      host,
      (request, options) => runLocalSync(request, options, host, workers),
    ),
  );
}
