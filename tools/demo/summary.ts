/** One screen: what happened, how trust worked, where to look next. */
import { formatBytes, formatCount, formatRate, formatSeconds } from "./format.ts";
import { type Grid, type Stage, STARS } from "./grid.ts";
import type { Outcome } from "./jobs.ts";
import type { StarShape } from "./nucleus_api.ts";
import type { Story } from "./story.ts";

/** What the Nucleus says of itself, at the end. */
interface Trust {
  stars: StarShape[];
  audit: { ok: boolean; records?: number };
}

/** Prints it, or the same facts for programs. */
export async function summarize(
  stage: Stage,
  grid: Grid,
  story: Story,
  { once, ms }: { once: boolean; ms: number },
): Promise<void> {
  const { screen, bed } = stage;
  const [{ stars }, audit] = await Promise.all([
    grid.api.ask<{ stars: StarShape[] }>("/stars"),
    grid.api.ask<Trust["audit"]>("/audit/verify"),
  ]);
  screen.record("summary", {
    ...{ ms, folder: bed.folder, api: grid.api.base, ...story },
    trust: { fingerprint: grid.fingerprint, stars, audit },
  });
  screen.line();
  screen.heading(`What happened, in ${formatSeconds(ms)}`);
  for (const line of happened(story)) screen.line(`  ${line}`);
  screen.heading("How trust worked");
  for (const line of trusted(grid, { stars, audit })) screen.line(`  ${line}`);
  if (once) return screen.line("Without --once the grid stays up, for you to try.");
  screen.heading(`Try it, in another terminal, until ^C here ends it and removes all of it`);
  for (const line of next(grid, bed.folder)) screen.line(`  ${line}`);
}

function happened({ sample, first, changed, second, damaged, repair, identical }: Story): string[] {
  const sent = ({ bytes, ms, throughNucleusBytes }: Outcome) =>
    `${formatBytes(bytes)} in ${formatSeconds(ms)}, ${formatRate(bytes, ms)}; ` +
    `through the Nucleus ${formatBytes(throughNucleusBytes)}`;
  return [
    `first sync    ${formatCount(sample.files, "file")}, ${sent(first)}`,
    `second sync   ${formatCount(changed.length, "change")}, ${sent(second)}`,
    `damage        verify found ${damaged} by its content; sync --checksum`,
    `              sent ${formatBytes(repair.bytes)} to put it right`,
    `at the end    ${formatCount(identical, "file")} on both sides, the same byte for byte`,
  ];
}

function trusted({ fingerprint }: Grid, { stars, audit }: Trust): string[] {
  const [{ walls }] = stars;
  const until = stars[0].certificate?.notAfterMs;
  const standing = [walls?.app, walls?.runtime ? "Deno permissions" : undefined, walls?.kernel]
    .filter((wall) => wall !== undefined && wall !== "" && wall !== "none");
  return [
    `authority     its fingerprint was in the join tokens, so the Stars knew their`,
    `              Nucleus before they said a word: ${fingerprint.slice(0, 16)}…`,
    `certificates  each Star made its own key; good until ${timeOf(until)}, renewed before`,
    `limits        each Star serves one folder only, behind these walls:`,
    `              ${standing.join(", ")}`,
    `audit log     ${formatCount(audit.records ?? 0, "record")}, ` +
    `${audit.ok ? "hash chain intact" : "BROKEN"}`,
  ];
}

/** `2027-01-31 12:00`, of the local clock. */
function timeOf(ms: number | undefined): string {
  if (ms === undefined) return "tomorrow";
  const local = new Date(ms - new Date(ms).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16).replace("T", " ");
}

function next({ api }: Grid, folder: string): string[] {
  const [source, destination] = STARS.map((name) => `${name}:$X/${name}`);
  return [
    `X=${folder}`,
    "$X/orbit stars",
    "$X/orbit jobs --nucleus=saved",
    `echo hello > $X/${STARS[0]}/hello && $X/orbit sync ${source}/ ${destination}/`,
    `$X/orbit jobs run verify ${source} ${destination}`,
    "$X/orbit audit; tail $X/*.log",
    `curl -s --cacert $X/nucleus/authority.crt -H @$X/curl.header \\`,
    `  ${api.base}/stars`,
  ];
}
