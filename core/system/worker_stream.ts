/** Streams of a pool: work that goes on over several steps, all in the worker that it began in. */
import type { OrbitError } from "#core/errors.ts";
import type { WorkStep, WorkStream } from "./executor.ts";
import type { ScanRequest } from "./system.ts";
import type { StreamName } from "./work/methods.ts";
import type { ScanShare } from "./work/scan.ts";
import type { WorkerMember } from "./worker_member.ts";
import { transferables, type Work } from "./worker_protocol.ts";

/** Work of several steps in one worker. */
export function openStream(
  member: WorkerMember,
  stream: number,
  work: Work<StreamName>,
): WorkStream<unknown, unknown> {
  const load = loadOf(work);
  member.load += load;
  const opened = member.ask({ kind: "open", stream, ...work });
  opened.catch(() => {}); // reported by the first `next`
  let ended = false;
  const end = () => {
    if (!ended) member.load -= load;
    ended = true;
  };
  return {
    next: async (input) => {
      try {
        const transfer = input === undefined ? [] : transferables(input);
        // Asked without waiting; when it couldn't be opened, that is what is told.
        const asked = member.ask({ kind: "next", stream, input }, transfer);
        const [step] = await Promise.all([asked, opened]);
        if ((step as IteratorResult<unknown>).done) end();
        return step as WorkStep<unknown, unknown>;
      } catch (error) {
        end();
        throw error;
      }
    },
    close: async () => {
      if (ended) return;
      end();
      await opened.catch(() => {});
      // With a dead worker everything that the stream held is gone.
      if (!member.isDead) await member.ask({ kind: "close", stream });
    },
  };
}

/** More than the short streams that are open at a time. */
const WHOLE_SCAN_LOAD = 16;

/** A scan of a whole tree keeps its worker busy; other streams are better opened elsewhere. */
function loadOf({ name, args }: Work<StreamName>): number {
  const [request, share] = args as [ScanRequest, ScanShare?];
  return name === "scan" && request.recursive && share === undefined ? WHOLE_SCAN_LOAD : 1;
}

/** A stream of a pool that has ended. */
export function failedStream(error: OrbitError): WorkStream<never, never> {
  return { next: () => Promise.reject(error), close: () => Promise.resolve() };
}
