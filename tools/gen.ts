/**
 * Generates `proto/gen` from the contracts; with `--check` it lints them and fails when
 * regenerating would change anything.
 */
const BIN = "node_modules/.bin";
const GENERATED = "proto/gen";

async function buf(...args: string[]): Promise<void> {
  const { success } = await new Deno.Command(`${BIN}/buf`, { args, stdin: "null" }).spawn().status;
  if (!success) Deno.exit(1);
}

function filesBelow(folder: string, prefix = ""): Map<string, string> {
  const files = new Map<string, string>();
  for (const { name, isDirectory } of Deno.readDirSync(`${folder}/${prefix}`)) {
    const path = `${prefix}${name}`;
    if (isDirectory) {
      for (const [key, text] of filesBelow(folder, `${path}/`)) files.set(key, text);
    } else files.set(path, Deno.readTextFileSync(`${folder}/${path}`));
  }
  return files;
}

/** Names of the files that differ between two folders. */
function differences(one: Map<string, string>, other: Map<string, string>): string[] {
  const names = new Set([...one.keys(), ...other.keys()]);
  return [...names].filter((name) => one.get(name) !== other.get(name)).sort();
}

if (Deno.args.includes("--check")) {
  await buf("lint");
  const fresh = Deno.makeTempDirSync({ prefix: "orbit-gen-" });
  try {
    await buf("generate", "--output", fresh);
    const stale = differences(filesBelow(GENERATED), filesBelow(`${fresh}/${GENERATED}`));
    for (const name of stale) {
      console.error(`${GENERATED}/${name} isn't what the contract says: run "deno task gen"`);
    }
    if (stale.length > 0) Deno.exit(1);
  } finally {
    Deno.removeSync(fresh, { recursive: true });
  }
} else {
  await buf("lint");
  await buf("generate");
}
