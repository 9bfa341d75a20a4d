/**
 * The journal: what a Star's next process has to know of batches whose caller was lost. One file,
 * replaced as a whole; it begins with the SHA-256 of the rest. Without it only unfinished work is
 * done again.
 */
import { createHash } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { Clock } from "#core/clock.ts";
import { OrbitError, toErrorData } from "#core/errors.ts";
import { equalBytes } from "#core/hash/mod.ts";
import type { Logger } from "#core/log/mod.ts";
import type { WorkClaim } from "#core/system/mod.ts";
import { TransferJournalSchema } from "#proto/gen/orbit/v1/journal_pb.ts";
import type { Blame } from "../codec/blame.ts";
import { fromPath, toPath } from "../codec/bytes.ts";
import { fromCheckpoint, toCheckpoint } from "../codec/checkpoint.ts";
import { fromWide, toWide } from "../codec/numbers.ts";
import { fromActionResults, toActionResult } from "../codec/result.ts";
import type { WorkRecord } from "./records.ts";

/** Where a journal is kept. */
export interface JournalFile {
  /** Null when there is none. */
  read(): Promise<Uint8Array | null>;
  /** Replaces it as a whole; it survives a loss of power once this resolves. */
  write(bytes: Uint8Array): Promise<void>;
}

/** What a journal says. */
export interface JournalContent {
  fences: Iterable<WorkClaim>;
  records: Iterable<WorkRecord>;
}

const VERSION = 1;
const DIGEST_BYTES = 32;
/** Records that don't fit are left out, the oldest first. */
const MAX_BYTES = 8 * 1024 * 1024;
/** It is written at most so often, and the more there is of it the more seldom. */
const LEAST_DELAY_MS = 100, BYTES_A_SECOND = 256 * 1024;

/** A journal as the bytes of its file. */
export function encodeJournal({ fences, records }: JournalContent): Uint8Array {
  const jobs = Array.from(fences, ({ job, fence }) => ({ job, fence: toWide(fence, "fence") }));
  const transfers = [];
  let room = MAX_BYTES;
  for (const record of [...records].reverse()) {
    const transfer = toTransfer(record);
    room -=
      toBinary(TransferJournalSchema, create(TransferJournalSchema, { transfers: [transfer] }))
        .length;
    if (room < 0) break;
    transfers.push(transfer);
  }
  const message = { version: VERSION, jobs, transfers: transfers.reverse() };
  const body = toBinary(TransferJournalSchema, create(TransferJournalSchema, message));
  const bytes = new Uint8Array(DIGEST_BYTES + body.length);
  bytes.set(digest(body));
  bytes.set(body, DIGEST_BYTES);
  return bytes;
}

/** @throws {OrbitError} `corrupt` when the bytes are no journal. */
export function decodeJournal(bytes: Uint8Array): {
  fences: WorkClaim[];
  records: WorkRecord[];
} {
  const body = bytes.subarray(DIGEST_BYTES);
  if (bytes.length < DIGEST_BYTES || !equalBytes(digest(body), bytes.subarray(0, DIGEST_BYTES))) {
    throw blame("digest", "torn or damaged");
  }
  const { version, jobs, transfers } = read(body);
  if (version !== VERSION) throw blame("version", `${version}`);
  return {
    fences: jobs.map(({ job, fence }) => ({ job, fence: fromWide(fence, "fence", blame) })),
    records: transfers.map(({ job, step, atMs, paths, checkpoints, results }) => ({
      ...{ job, step },
      atMs: fromWide(atMs, "at_ms", blame),
      paths: paths.map((path) => fromPath(path, "paths", blame)),
      checkpoints: new Map(
        checkpoints.map(({ index, checkpoint }) => [index, fromCheckpoint(checkpoint, blame)]),
      ),
      results: results && fromActionResults(results.results, paths.length, blame),
      heard: { told: false },
    })),
  };
}

function toTransfer({ job, step, atMs, paths, checkpoints, results }: WorkRecord) {
  return {
    ...{ job, step },
    atMs: toWide(atMs, "at_ms"),
    paths: paths.map((path) => toPath(path, "paths")),
    checkpoints: Array.from(checkpoints, ([index, checkpoint]) => (
      { index, checkpoint: toCheckpoint(checkpoint) }
    )),
    results: results && { results: results.map(toActionResult) },
  };
}

function read(body: Uint8Array) {
  try {
    return fromBinary(TransferJournalSchema, body);
  } catch (cause) {
    throw new OrbitError("corrupt", "read journal: it can't be read", { cause });
  }
}

const blame: Blame = (field, trouble) =>
  new OrbitError("corrupt", `read journal: ${field}: ${trouble}`);

function digest(body: Uint8Array): Uint8Array {
  return createHash("sha256").update(body).digest();
}

/** What a {@linkcode JournalKeeper} works with. */
export interface JournalServices {
  file: JournalFile;
  clock: Clock;
  log: Logger;
  content: () => JournalContent;
}

/** Writes a journal when it has changed: soon, not each time, one write after the other. */
export class JournalKeeper implements AsyncDisposable {
  readonly #services: JournalServices;
  readonly #closing = new AbortController();
  #waiting: Promise<void> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #isStale = false;
  #delayMs = LEAST_DELAY_MS;
  #failed = false;

  constructor(services: JournalServices) {
    this.#services = services;
  }

  /** It is to be written soon. */
  changed(): void {
    this.#isStale = true;
    this.#waiting ??= this.#writeSoon();
  }

  /** Writes it now; resolves when it survives a loss of power, or can't be written. */
  flush(): Promise<void> {
    this.#isStale = true;
    return this.#writing = this.#writing.then(() => this.#write());
  }

  async #writeSoon(): Promise<void> {
    const { clock } = this.#services;
    await clock.sleep(this.#delayMs, { signal: this.#closing.signal }).catch(() => {});
    this.#waiting = undefined;
    if (this.#isStale) await this.flush();
  }

  async #write(): Promise<void> {
    if (!this.#isStale) return;
    this.#isStale = false;
    const { file, content, log } = this.#services;
    try {
      const bytes = encodeJournal(content());
      this.#delayMs = Math.max(LEAST_DELAY_MS, bytes.length / BYTES_A_SECOND * 1000);
      await file.write(bytes);
      this.#failed = false;
    } catch (error) {
      // Work goes on without: what is lost with this process is done again.
      if (!this.#failed) log.warn("journal not written", { error: toErrorData(error) });
      this.#failed = this.#isStale = true;
    }
  }

  /** Writes what isn't written, or wasn't when there was no room for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#waiting;
    await this.#writing;
    await this.#write();
  }
}
