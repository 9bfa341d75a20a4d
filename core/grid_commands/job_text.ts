/** Jobs as text. */
import {
  ITEM_STATES,
  type ItemShape,
  type JobProgressShape,
  type JobShape,
  type PlaceShape,
} from "#core/grid_api/mod.ts";
import { escapeName } from "#core/names.ts";
import {
  formatBytes,
  formatCount,
  formatNumberOf,
  formatTime,
} from "#core/program/output/format.ts";
import { escapeMessage } from "#core/program/output/message.ts";
import { factLines, textTable } from "#core/program/output/table.ts";

/** A table with a line for each job. */
export function jobTable(jobs: readonly JobShape[]): string[] {
  if (jobs.length === 0) return ["no jobs"];
  return textTable(
    ["ID", "STATE", "CREATED", "JOB"],
    jobs.map(({ id, state, createdAtMs, label }) =>
      [id, state, formatTime(createdAtMs), label].map(escapeName)
    ),
  );
}

/** All that is known of a job, and of some items that failed. */
export function jobDetails(job: JobShape, failed: readonly ItemShape[]): string[] {
  const { progress, error } = job;
  const time = (ms: number | undefined) => ms === undefined ? undefined : formatTime(ms);
  const facts: [string, string | undefined][] = [
    ["id", job.id],
    ["state", job.state],
    ["job", job.label],
    ...job.places.map((place): [string, string] => ["place", placeText(place)]),
    ["created", time(job.createdAtMs)],
    ["started", time(job.startedAtMs)],
    ["ended", time(job.finishedAtMs)],
    ["attempts", `${job.attempt}`],
    ["waits for", progress && waitText(progress)],
    [
      "relayed",
      job.relayedBytes ? `${formatBytes(job.relayedBytes)} through the Nucleus` : undefined,
    ],
    ...(job.steps ?? []).map((step): [string, string] => ["step", stepText(step)]),
    ["error", error && error.message],
    ...failed.map((
      { key, error },
    ): [string, string] => ["failed", failedText(key, error?.message)]),
  ];
  return factLines(facts.map(([name, value]) => [name, value && escapeMessage(value)]));
}

/** `3 of 5 items, 1.20 GiB of 4.00 GiB, 1 failed, 1,234 entries seen`. */
export function progressText(job: JobShape): string {
  const total = { items: 0, bytes: 0 }, done = { items: 0, bytes: 0 };
  let failed = 0;
  for (const { counts } of job.steps ?? []) {
    for (const state of ITEM_STATES) {
      total.items += counts[state].items;
      total.bytes += counts[state].bytes;
    }
    done.items += counts.done.items;
    done.bytes += counts.done.bytes;
    failed += counts.failed.items;
  }
  const { progress } = job;
  const parts = [`${formatCount(done.items)} of ${formatNumberOf(total.items, "item")}`];
  if (total.bytes > 0) {
    // Of what is at work, a part is there already.
    const there = Math.max(done.bytes, Math.min(progress?.written ?? 0, total.bytes));
    parts.push(`${formatBytes(there)} of ${formatBytes(total.bytes)}`);
  }
  if (failed > 0) parts.push(`${formatCount(failed)} failed`);
  if (progress !== undefined && progress.entries > 0) {
    parts.push(`${formatNumberOf(progress.entries, "entry", "entries")} seen`);
  }
  if (job.relayedBytes) parts.push(`${formatBytes(job.relayedBytes)} relayed by the Nucleus`);
  if (progress?.matched) parts.push(`${formatBytes(progress.matched)} found there`);
  if (progress?.waitingFor) parts.push(`waiting for ${waitText(progress)}`);
  return parts.join(", ");
}

function waitText({ waitingFor, waitingWhy }: JobProgressShape): string | undefined {
  return waitingWhy === undefined ? waitingFor : `${waitingFor} (${waitingWhy})`;
}

function placeText({ star, path }: PlaceShape): string {
  return star === undefined ? path : `${star}:${path}`;
}

function stepText({ name, state, counts }: NonNullable<JobShape["steps"]>[number]): string {
  const tallies = ITEM_STATES.filter((state) => counts[state].items > 0)
    .map((state) => `${formatCount(counts[state].items)} ${state}`);
  return [`${name} ${state}`, ...tallies].join(", ");
}

function failedText(key: string, message = "for an unknown reason"): string {
  return message.includes(key) ? message : `${escapeName(key)}: ${message}`;
}
