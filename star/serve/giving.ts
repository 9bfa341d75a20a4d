/** The giving end of a Star's Direct Links: loaded by Stars that listen or dial others. */
import * as v from "valibot";
import { createServer, type RequestListener, type Server } from "node:http";
import type { Bandwidth } from "#core/bandwidth/bandwidth.ts";
import type { Clock } from "#core/clock.ts";
import { toErrorData } from "#core/errors.ts";
import type { StarId } from "#core/identity/mod.ts";
import {
  createLinkServer,
  GrantVerifier,
  KEEP_ALIVE_MS,
  type LinkMeter,
  OfferedConnections,
  ReplayGuard,
  type UsedEntry,
} from "#core/link/mod.ts";
import type { Logger } from "#core/log/mod.ts";
import type { NearbyChunks, OrbitSystem, StateFiles } from "#core/system/mod.ts";
import { StateFile } from "../state.ts";

/** What gives. */
export interface Giving {
  /** Takes the HTTP connections of the Star's port. */
  readonly http: Server;
  /** Connections that Stars made to this one's port, to be asked on. */
  readonly offered: OfferedConnections;
  /** Answers requests of Stars, on whatever connection. */
  readonly answer: RequestListener;
  /** Checks grants by the Nucleus's key, when that is known. */
  verifier(): GrantVerifier | undefined;
  /** Checks grants by the Nucleus's key from here on. */
  learnKey(publicPem: string): Promise<void>;
}

/** What giving needs. */
export interface GivingParts {
  system: OrbitSystem;
  /** What it has by the hash. */
  chunks?: NearbyChunks;
  files: StateFiles;
  starId: StarId;
  /** Whether the certificate with this thumbprint is refused before its end. */
  isRevoked?: (thumbprint: string) => boolean;
  meter: LinkMeter;
  /** What may be given each second, in all; no limit when absent. */
  limit?: Bandwidth;
  clock: Clock;
  log: Logger;
}

/** Opens the giving end; grants that were used before the last restart are known. */
export async function openGiving(parts: GivingParts): Promise<Giving> {
  const { system, chunks, starId, isRevoked, meter, limit, clock, log } = parts;
  let verifier: GrantVerifier | undefined;
  const replay = await openReplay(parts);
  const answer = createLinkServer({
    ...{ source: system, chunks, verifier: () => verifier, replay, isRevoked },
    ...{ meter, limit, clock, log },
  });
  const http = createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, answer);
  const offered = new OfferedConnections(clock, isRevoked);
  offered.acceptFrom(http);
  return {
    ...{ http, offered, answer },
    verifier: () => verifier,
    async learnKey(publicPem) {
      try {
        verifier = await GrantVerifier.open(publicPem, starId, clock);
      } catch (error) {
        log.warn("the Nucleus's key for grants can't be used", { error: toErrorData(error) });
      }
    },
  };
}

const usedEntry = v.tuple([v.string(), v.number()]);

/** Knows grants that were used before; when they can't be read, none from before now is good. */
export async function openReplay(
  parts: Pick<GivingParts, "files" | "clock" | "log">,
): Promise<ReplayGuard> {
  const { files, clock } = parts;
  const storage = {
    replace: (used: Iterable<UsedEntry>) => files.write(StateFile.grants, encode(used)),
    append: (used: Iterable<UsedEntry>) => files.append(StateFile.grants, encode(used)),
  };
  return new ReplayGuard(clock, storage, await readUsed(parts));
}

async function readUsed(
  { files, log }: Pick<GivingParts, "files" | "log">,
): Promise<UsedEntry[] | undefined> {
  const bytes = await files.read(StateFile.grants);
  if (bytes === null) return [];
  // A last line without its end was being written: nobody was let in for it.
  const lines = new TextDecoder().decode(bytes).split("\n").slice(0, -1);
  try {
    if (lines.length === 0) throw new Error("it names no grant, and was written for one");
    return lines.map((line) => v.parse(usedEntry, JSON.parse(line)));
  } catch (error) {
    const data = { error: toErrorData(error) };
    log.warn("the list of used grants is damaged: grants from before now are refused", data);
    return undefined;
  }
}

function encode(used: Iterable<UsedEntry>): Uint8Array {
  return new TextEncoder().encode(
    Array.from(used, (entry) => `${JSON.stringify(entry)}\n`).join(""),
  );
}
