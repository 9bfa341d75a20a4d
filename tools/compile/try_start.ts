/** Whether an executable starts as the program, as on a machine that has seen neither. */

/** Runs `EXECUTABLE --version` with an empty home; returns in one line what is wrong. */
export async function tryStart(executable: string, name: string): Promise<string | undefined> {
  const home = Deno.makeTempDirSync({ prefix: "orbit-home-" });
  try {
    const { code, stdout, stderr } = await new Deno.Command(executable, {
      args: ["--version"],
      clearEnv: true,
      env: { HOME: home, PATH: "/usr/bin:/bin" },
      stdin: "null",
    }).output();
    const [said, complaint] = [stdout, stderr].map((bytes) => firstLine(bytes));
    if (code === 0 && said.startsWith(`${name} `)) return undefined;
    return `${name} --version: exit status ${code}, "${complaint || said}"`;
  } catch (error) {
    return `${name} --version: ${error instanceof Error ? error.message : error}`;
  } finally {
    Deno.removeSync(home, { recursive: true });
  }
}

function firstLine(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).split("\n")[0];
}
