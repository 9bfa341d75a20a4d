/** What the demo does with its grid, in order. */
import { compareTrees } from "./compare.ts";
import { formatBytes, formatCount } from "./format.ts";
import { type Grid, type Stage, STARS } from "./grid.ts";
import { type Outcome, sync, verify } from "./jobs.ts";
import { changeSample, damageFile, makeSample, type Sample } from "./sample.ts";
import { DemoError } from "./trouble.ts";

/** What happened. */
export interface Story {
  sample: Sample;
  first: Outcome;
  /** Paths that were changed before the second sync. */
  changed: string[];
  second: Outcome;
  verified: Outcome;
  /** The path that was damaged. */
  damaged: string;
  found: Outcome;
  repair: Outcome;
  /** Files in both trees, compared byte by byte at the end. */
  identical: number;
}

/** Makes the files that everything is about. */
export function prepareSample({ bed, screen }: Stage): Sample {
  const step = screen.begin("Sample", "makes files of mixed kinds and sizes");
  const sample = makeSample(bed.path(STARS[0]));
  const { files, bytes } = sample;
  step.done(`${formatCount(files, "file")}, ${formatBytes(bytes)} in $X/${STARS[0]}`, {
    ...sample,
  });
  return sample;
}

/** Syncs, changes, syncs, verifies, damages, finds and repairs. @throws {DemoError} */
export async function tellStory(stage: Stage, grid: Grid, sample: Sample): Promise<Story> {
  const { bed, screen } = stage;
  const [source, destination] = STARS.map((name) => bed.path(name));
  const first = await sync(stage, grid, "First sync");

  const changed = changeSample(source);
  screen.line();
  screen.line(`Changed ${changed[0]} and added ${changed[1]} on ${STARS[0]}`);
  screen.record("changed", { paths: changed });
  const second = await sync(stage, grid, "Second sync");
  const verified = await verify(stage, grid, "Verify");
  expectFailed(verified, []);

  const damaged = damageFile(destination);
  screen.line();
  screen.line(`Flipped one bit of ${damaged} on ${STARS[1]}, keeping its size and time`);
  screen.record("damaged", { path: damaged });
  const found = await verify(stage, grid, "Verify");
  expectFailed(found, [damaged]);
  const repair = await sync(stage, grid, "Repair", ["--checksum"]);

  screen.line();
  const step = screen.begin("Compare", "both trees byte by byte, without Orbit");
  const identical = compareTrees(source, destination);
  step.done(`${formatCount(identical, "file")} byte by byte without Orbit: all the same`, {
    files: identical,
  });
  return { sample, first, changed, second, verified, damaged, found, repair, identical };
}

function expectFailed({ id, failed }: Outcome, expected: readonly string[]): void {
  if (failed.join("\n") === expected.join("\n")) return;
  const list = (paths: readonly string[]) => paths.length === 0 ? "nothing" : paths.join(", ");
  throw new DemoError(
    `verification ${id} found ${list(failed)} to differ, and should have found ${list(expected)}`,
  );
}
