/** `deno task bench:p2p`: copies from Star to Star against those of others, on one machine. */
import { preparePeers } from "../../../tools/peers.ts";
import { runTable } from "../table_program.ts";
import { PEERS } from "./peers.ts";
import { ROWS } from "./rows.ts";

const HELP = `deno task bench:p2p [--only=ID,…] [--runs=N] [--scale=X] [--json]

Measures sync jobs from Star to Star by a Direct Link, between the real programs, on data in memory
(tmpfs), in turns with others: rsync -a and scp -r over an sshd of its own, rclone copy from rclone
serve http with TLS. Everybody copies once before, and has that copy compared with the source.

  --only=ID,…   only these rows: ${ROWS.map((row) => row.id).join(" ")}
  --runs=N      timed runs of each (5); their median counts
  --scale=X     data of X times the size (0.01 for a quick try); bars are judged at 1 only
  --json        one JSON object instead of the table

Ends with status 1 when something fails or a bar is missed, 2 on a wrong option.

A job's time runs from its request over REST until it is seen to be over, which is looked for every
50 ms; the Nucleus and the Stars stay up between runs. Another's time is its command's. Rows that
are so many ms away pass a proxy that holds everything up by half of that each way and limits
nothing else; Orbit's control connections pass it too. Its work is in everybody's time.`;

if (import.meta.main) {
  await preparePeers(PEERS);
  Deno.exit(await runTable({ rows: ROWS, help: HELP }, Deno.args));
}
