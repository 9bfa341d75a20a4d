/**
 * The REST surface of a Nucleus as programs see it: the shapes of its JSON, and a client.
 *
 * @module
 */
export { type Ask, GridApi, segment, type Transport } from "./client.ts";
export type { JobEventLine, JobLogLine } from "./line_shapes.ts";
export { readLines } from "./lines.ts";
export {
  type ActorShape,
  type ApiTokenShape,
  type AuditShape,
  type AuditVerdictShape,
  type CreatedToken,
  GRID_SCHEMA,
  type HealthShape,
  isOver,
  ITEM_STATES,
  type ItemShape,
  type ItemStateWord,
  JOB_KINDS,
  JOB_STATES,
  type JobKind,
  type JobProgressShape,
  type JobRequest,
  type JobShape,
  type JobStateWord,
  type JoinTokenShape,
  type ManifestPageShape,
  type PlaceShape,
  type RoleWord,
  type StarShape,
  type StarStatusWord,
  type StepShape,
  type TallyShape,
} from "./shapes.ts";
