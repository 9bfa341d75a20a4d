/** A request that was let in, as handlers see it. */
import type { Context } from "hono";
import type { Clock } from "#core/clock.ts";
import type { Logger } from "#core/log/mod.ts";
import type { Adoption } from "../adoption/mod.ts";
import type { NucleusMetrics } from "../metrics/mod.ts";
import type { GridStore } from "../store/mod.ts";
import type { JobServices } from "../jobs/desk.ts";
import type { Caller } from "./authenticate.ts";
import type { Principal } from "./principal.ts";
import type { StreamCount } from "./stream.ts";

/** What the REST surface works with. */
export interface ApiServices {
  readonly store: GridStore;
  readonly adoption: Adoption;
  readonly jobs: JobServices;
  /** What is counted while a Nucleus runs. */
  readonly metrics?: Pick<NucleusMetrics, "text" | "contentType">;
  /** How long join tokens are good for that don't say so. */
  readonly joinTokenLifetimeMs?: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** What Hono carries along with a request. */
export interface ApiEnv {
  Bindings: { caller: Caller };
}

/** A request that was let in. */
export interface Exchange extends ApiServices {
  readonly context: Context<ApiEnv>;
  readonly principal: Principal;
  readonly streams: StreamCount;
  /** When the surface was made, by the clock's `elapsed`. */
  readonly startedAtMs: number;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** A part of the path. */
  param(name: string): string;
}

/** Answers a request. */
export type Handler = (exchange: Exchange) => Response | Promise<Response>;
