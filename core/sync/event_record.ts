/** Events of a sync as JSON, wherever they are told. */
import type { ErrorData } from "#core/errors.ts";
import { nameFields } from "#core/program/output/name_fields.ts";
import type { EntryFacts, Explanation, PlannedAction, SyncEvent, SyncReport } from "./events.ts";

/** An event as JSON has it. */
export type EventRecord = { type: SyncEvent["type"]; [field: string]: unknown };

/** The event with every name exact in JSON: `path`, and `pathBytes` where it isn't UTF-8. */
export function toEventRecord(event: SyncEvent): EventRecord {
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
