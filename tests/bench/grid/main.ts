/** `deno task bench:grid`: a Nucleus and Stars in processes of their own, over real mTLS. */
import { runTable } from "../table_program.ts";
import { ROWS } from "./rows.ts";

const HELP = `deno task bench:grid [--only=ID,…] [--runs=N] [--scale=X] [--json]

Measures the real orbit-nucleus with Stars: a thousand simulated ones (real joins, certificates and
control streams; no disks), or the real orbit-star on data in memory (tmpfs).

  --only=ID,…   only these rows: ${ROWS.map((row) => row.id).join(" ")}
  --runs=N      timed runs of each side of a ratio (5)
  --scale=X     X times the Stars, the data and the time; bars are judged at 1 only
  --json        one JSON object instead of the table

Ends with status 1 when something fails or a bar is missed, 2 on a wrong option.

A heartbeat is handled from the moment that its deciphered frame reaches the Nucleus's socket to
the moment that the acknowledgement is written to it. How late the Nucleus comes to its sockets is
the lateness of its timers. A dispatch runs from the moment that a job's request leaves for REST to
the moment that the Star looks at the job's folder.`;

if (import.meta.main) Deno.exit(await runTable({ rows: ROWS, help: HELP }, Deno.args));
