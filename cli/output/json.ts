/**
 * Events of a sync as NDJSON, schema `orbit.sync/1`.
 *
 * Each line is an object with `schema`, `type` and `seq` (0, 1, 2, … without gaps), and the
 * event's own fields. A name is a string; one that isn't UTF-8 has lone surrogates (JSON's
 * `\udcXX` escapes) for its stray bytes, and the field beside it with `Bytes` after its name holds
 * the exact bytes in base64: `path` and `pathBytes`, `target` and `targetBytes`.
 */
import type { ErrorData } from "#core/errors.ts";
import { nameFields } from "#core/program/output/name_fields.ts";
import type {
  EntryFacts,
  Explanation,
  PlannedAction,
  SyncEvent,
  SyncReport,
} from "#core/sync/events.ts";

/** The schema of the lines; the number grows when a field changes its meaning. */
export const SYNC_SCHEMA = "orbit.sync/1";

/** Numbers events and turns them into lines, without the line's end. */
export function createJsonEncoder(): (event: SyncEvent) => string {
  let seq = 0;
  return (event) => {
    const { type, ...fields } = toRecord(event);
    return JSON.stringify({ schema: SYNC_SCHEMA, type, seq: seq++, ...fields });
  };
}

type EventRecord = { type: SyncEvent["type"]; [field: string]: unknown };

function toRecord(event: SyncEvent): EventRecord {
  switch (event.type) {
    case "plan":
    case "done":
      return { type: event.type, action: actionRecord(event.action) };
    case "trouble":
      return { ...event, ...nameFields("path", event.path), error: errorRecord(event.error) };
    case "progress":
      return event.current === undefined
        ? event
        : { ...event, ...nameFields("current", event.current) };
    case "explain":
      return { type: event.type, explanation: explanationRecord(event.explanation) };
    case "end":
      return { type: event.type, report: reportRecord(event.report) };
    case "start":
    case "note":
      return event;
  }
}

function actionRecord(action: PlannedAction): unknown {
  const target = action.target === undefined ? {} : nameFields("target", action.target);
  return { ...action, ...nameFields("path", action.path), ...target };
}

function explanationRecord(explanation: Explanation): unknown {
  const { path, source, destination, action } = explanation;
  return {
    ...explanation,
    ...nameFields("path", path),
    source: source && factsRecord(source),
    destination: destination && factsRecord(destination),
    action: action && actionRecord(action),
  };
}

function factsRecord(facts: EntryFacts): unknown {
  return facts.target === undefined ? facts : { ...facts, ...nameFields("target", facts.target) };
}

function errorRecord(error: ErrorData): unknown {
  const { path } = error.detail;
  const detail = path === undefined ? error.detail : {
    ...error.detail,
    ...nameFields("path", path),
  };
  return { ...error, detail };
}

function reportRecord(report: SyncReport): unknown {
  return {
    ...report,
    troubles: report.troubles.map(({ path, error }) => ({
      ...nameFields("path", path),
      error: errorRecord(error),
    })),
    ...(report.error === undefined ? {} : { error: errorRecord(report.error) }),
    kept: report.kept.map((path) => nameFields("path", path)),
  };
}
