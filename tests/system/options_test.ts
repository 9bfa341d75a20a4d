/** Option by option: what `orbit sync` makes of a tree, beside what the real rsync makes of it. */
import assert from "node:assert/strict";
import { hasCommand } from "../../tools/peers.ts";
import { differences, orbitSync, type Pair, randomPair, rsync, scriptedPair } from "./pair.ts";

const ignore = !hasCommand("rsync");

/** A case: one command line for both programs, on one pair of trees. */
interface Case {
  /** Options, then what follows them if it isn't `source/` and the destination (`DST`). */
  args: string;
  seed?: number;
  /** Makes `source` and `mine`; default is a random pair after edits on both sides. */
  script?: string[];
  /** Standard input. */
  input?: string;
  /** What the judge looks at, in rsync's letters; an empty list: the exit status is enough. */
  judged?: string[];
  /** Orbit's exit status, where it isn't rsync's. */
  code?: number;
}

/** All but the times of directories, which rsync -b leaves as they come. */
const JUDGED = ["-O", "-HXA"];

const RANDOM: Case[] = [
  { args: "" },
  { args: "-H", judged: ["-H"] },
  { args: "-u" },
  { args: "--size-only" },
  { args: "-c" },
  { args: "--existing" },
  // Not any seed: where the destination has a file for a directory, rsync trips over it.
  { args: "--ignore-existing", seed: 303 },
  { args: "--existing --ignore-existing", seed: 303 },
  { args: "--delete --max-delete=1000" },
  { args: "-HXA --delete --max-delete=1000" },
  { args: "-b" },
  { args: "-b --suffix=.old --delete --max-delete=1000" },
  { args: "--exclude=*.txt --delete --max-delete=1000" },
  { args: "--include=a* --exclude=*.bin --exclude=[m-z]* --delete --max-delete=1000" },
  { args: "--exclude=*/ --delete --max-delete=1000" },
  { args: "--include=*/ --include=*.txt --exclude=*" },
  { args: "--max-size=4095" },
  { args: "--min-size=4096 --delete --max-delete=1000" },
  // Not any seed: rsync writes through a hard link and so changes the file's other names.
  { args: "--inplace", seed: 303 },
  { args: "--no-links" },
  { args: "--no-owner --no-group" },
  { args: "-X" },
  { args: "-A" },
  { args: "--no-recursive" },
  { args: "--no-specials --no-devices" },
  { args: "--numeric-ids" },
  { args: "-S" },
];

const MADE: Case[] = [
  {
    args: "--no-perms",
    script: [
      "echo a > source/a; echo b > source/b; chmod 640 source/a; chmod 777 source/b",
      "echo z > mine/b; chmod 604 mine/b; mkdir -m 700 source/d",
    ],
  },
  {
    args: "-b --backup-dir=old --delete --max-delete=1000",
    script: ["echo new > source/a", "echo old > mine/a", "echo gone > mine/b", "mkdir -p mine/old"],
  },
  {
    args: "-b --backup-dir=./old/ --delete --max-delete=1000",
    script: ["echo new > source/a", "echo older > mine/a", "echo gone > mine/b"],
  },
  {
    args: "-b --backup-dir=old",
    script: ["echo new > source/a", "echo older > mine/a", "echo file > mine/old"],
  },
  {
    args: "-b --backup-dir=old",
    script: [
      "mkdir -p source/private/in mine/private/in; echo new > source/private/in/a",
      "echo older > mine/private/in/a; chmod 700 source/private mine/private; mkdir mine/old",
    ],
  },
  {
    args: "-b --delete --max-delete=1000",
    script: ["echo 1 > source/a", "echo 22 > mine/a", "echo kept > mine/z~", "echo x > mine/z"],
  },
  {
    args: "--delete --max-delete=1000 --exclude=*.keep",
    script: ["echo a > source/a", "mkdir mine/gone", "echo k > mine/gone/b.keep", "echo > mine/c"],
  },
  {
    args: "--exclude-from=rules",
    script: [
      "touch source/a.txt source/b.txt source/c.txt",
      "printf '# no\\n+ b.txt\\n*.txt\\n' > rules",
    ],
  },
  {
    args: "--files-from=list",
    script: [
      "mkdir -p source/d/e source/f",
      "touch source/{a,b} source/d/e/{x,y} source/f/z",
      "printf 'a\\nd/e/x\\nf\\n' > list",
    ],
  },
  {
    args: "--files-from=list source DST",
    script: ["mkdir source/d; touch source/a source/d/b; printf 'a\\nd/b\\n' > list"],
  },
  {
    args: "--files-from=list",
    script: ["touch source/a; chmod 750 source; printf 'a\\n' > list"],
  },
  {
    args: "--no-perms --no-group",
    script: ["mkdir -p -m 755 source/d/e; touch source/d/e/a; chmod 2775 mine"],
  },
  {
    args: "-r --files-from=list",
    script: [
      "mkdir -p source/d/e source/f/g",
      "touch source/{a,b} source/d/e/{x,y} source/f/g/z",
      "printf 'f\\nf/g\\nf/g/z\\nd/e/x\\n' > list",
    ],
  },
  {
    args: "-0 --files-from=-",
    script: ["touch source/{a,b} $'source/new\\nline'"],
    input: "a\0new\nline\0",
  },
  {
    args: "--files-from=list",
    script: ["touch source/a", "printf 'a\\nmissing\\n' > list"],
  },
  {
    args: "--files-from=list",
    script: ["touch source/a source/b", "printf 'a/below\\na/far/below\\nb\\n' > list"],
  },
  {
    args: "--exclude=/d --exclude=out --exclude=e/ --files-from=list",
    script: [
      "mkdir -p source/{d/e,f,g/e}; touch source/{d/e/in,d/out,f/out,g/e/x}",
      "printf 'd/e/in\\nd/out\\nf/out\\ng/e\\n' > list",
    ],
  },
  {
    args: "-r --exclude=/d --exclude=out --files-from=list",
    script: [
      "mkdir -p source/{d/e,f/e}; touch source/{d/e/in,d/e/out,f/e/in,f/out,f/e/out}",
      "printf 'd\\nd/e\\nf/\\n' > list",
    ],
  },
  {
    args: "-r --delete --max-delete=100 --files-from=list",
    script: ["mkdir -p source/d mine/d", "touch mine/d/old mine/other", "printf 'd/\\n' > list"],
  },
  {
    args: "--link-dest=../earlier",
    script: [
      "mkdir earlier",
      "echo same > source/same; echo new > source/new; cp -a source/same earlier",
      "echo other > earlier/new",
    ],
  },
  {
    args: "-c --link-dest=../earlier",
    script: [
      "mkdir earlier",
      "echo aaaa > source/hidden; echo bbbb > earlier/hidden; touch -r source/hidden earlier/hidden",
    ],
  },
  {
    args: "--no-times --link-dest=../earlier",
    script: [
      "mkdir earlier",
      "echo aaaa > source/changed; echo bbbb > earlier/changed; touch -d 2001-01-01 earlier/changed",
      "echo same > source/same; cp -a source/same earlier",
    ],
    judged: ["--no-times"],
  },
  { args: "--link-dest=../missing", script: ["echo a > source/a"] },
  { args: "-L", script: linkTree() },
  { args: "--safe-links", script: linkTree() },
  {
    args: "-L --copy-links link DST",
    script: ["mkdir target", "echo a > target/a", "ln -s target link"],
  },
  {
    args: "source DST",
    script: ["mkdir source/d", "echo a > source/d/a"],
  },
  {
    args: "source/a DST",
    script: ["echo a > source/a"],
  },
  {
    args: "source/a DST/b",
    script: ["echo a > source/a", "echo older > mine/b"],
  },
  {
    args: "source/a other/ DST/",
    script: ["mkdir other", "echo 1 > source/a", "echo 2 > other/a", "echo 3 > other/b"],
  },
  {
    args: "source/ other/ DST/",
    script: [
      "mkdir -p other/both/x source/both",
      "echo 1 > source/both/a; echo 22 > other/both/a; echo 3 > other/both/x/y",
      "echo file > source/kind; mkdir other/kind; echo inside > other/kind/file",
      "chmod 700 source/both",
    ],
  },
  {
    args: "--delete --max-delete=100 source/ missing/ DST/",
    script: ["echo a > source/a", "echo precious > mine/b"],
  },
  {
    args: "missing DST",
    script: [],
    code: 3,
  },
  {
    args: "--mkpath source/ DST/deep/er/",
    script: ["echo a > source/a"],
  },
  {
    args: "source/ DST/deep/er/",
    script: ["echo a > source/a"],
    code: 3,
  },
  { args: "source/a DST/deep/b", script: ["echo a > source/a"] },
  {
    args: "source/ DST",
    script: ["mkdir source/swap", "echo a > source/swap/a", "echo file > mine/swap"],
  },
  {
    args: "",
    script: ["echo file > source/swap", "mkdir mine/swap", "echo a > mine/swap/a"],
  },
  {
    args: "--delete --max-delete=100",
    script: ["echo file > source/swap", "mkdir mine/swap", "echo a > mine/swap/a"],
  },
  {
    args: "",
    script: ["mkdir source/d elsewhere", "echo a > source/d/a", "ln -s ../elsewhere mine/d"],
  },
  {
    args: "--inplace",
    script: ["echo a > source/a; echo b > source/b", "ln -s /etc/passwd mine/a", "mkfifo mine/b"],
  },
  {
    args: "-H --delete --max-delete=100",
    script: [
      "echo a > source/a; ln source/a source/b; ln source/a source/c",
      "mkdir mine/a mine/b",
      "echo x > mine/a/x; echo y > mine/b/y",
    ],
  },
  {
    args: "-H",
    script: [
      "ln -s target source/a; ln source/a source/b",
      "mkfifo source/p; ln source/p source/q",
    ],
  },
  {
    args: "",
    script: [
      "mkdir source/d",
      "echo a > source/d/a",
      "chmod 500 source/d",
      "cp -a source/d mine/d",
      "chmod 700 source/d; echo b > source/d/b; chmod 500 source/d",
    ],
  },
  {
    args: "--fsync --partial --partial-dir=.part",
    script: ["mkdir source/.part", "echo left > source/.part/a", "echo a > source/a"],
  },
  { args: "--max-delete=1 --delete", script: ["echo a > mine/a", "echo b > mine/b"], judged: [] },
  { args: "--max-delete=0 --delete", script: ["echo a > mine/a"] },
];

function linkTree(): string[] {
  return [
    "mkdir -p source/d/e outside",
    "echo a > source/a; echo out > outside/o",
    "ln -s a source/file; ln -s ../../a source/d/e/up; ln -s d source/directory",
    "ln -s ../outside/o source/out; ln -s /etc/hostname source/absolute",
    "ln -s missing source/dangling",
  ];
}

/** The same command line for both programs. */
async function runBoth(pair: Pair, { args, input }: Case) {
  const words = args.split(" ").filter((word) => word !== "");
  const ends = words.some((word) => word.startsWith("DST")) ? [] : ["source/", "DST/"];
  const line = (destination: string) =>
    [...words, ...ends].map((word) => word.replace(/^DST/, destination));
  return {
    mine: await orbitSync(pair, line("mine"), input),
    theirs: await rsync(pair, ["-a", "--modify-window=-1", ...line("theirs")], input),
  };
}

for (const [index, one] of [...RANDOM, ...MADE].entries()) {
  const { args, seed = 100 + index, script, judged, code } = one;
  const name = `sync ${args || "(no option)"}${script ? " on a made tree" : ""} does as rsync`;
  Deno.test({
    name: `${name} (${index})`,
    ignore,
    async fn() {
      using pair = script === undefined ? randomPair(seed) : scriptedPair(script);
      const { mine, theirs } = await runBoth(pair, one);
      const said = `orbit ${mine.code}: ${mine.stderr}\nrsync ${theirs.code}: ${theirs.stderr}`;
      assert.equal(mine.code, code ?? theirs.code, said);
      const found = await differences(pair, "theirs", "mine", judged ?? JUDGED);
      if (judged?.length !== 0) assert.equal(found, "", said);
    },
  });
}
