import { deepStrictEqual } from "node:assert/strict";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const NAMED = /import (?:\w+, )?\{([^}]*)\} from "node:assert(?:\/strict)?"/g;
const LOOSE = /^(?:equal|deepEqual|notEqual|notDeepEqual)\b/;

Deno.test("no test compares loosely: Deno exports loose functions by the names of strict ones", () => {
  const loose: string[] = [];
  for (const path of sources("")) {
    for (const [, names] of Deno.readTextFileSync(`${ROOT}${path}`).matchAll(NAMED)) {
      if (names.split(",").some((name) => LOOSE.test(name.trim()))) loose.push(path);
    }
  }
  deepStrictEqual(loose, []);
});

function* sources(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(`${ROOT}${folder}`)) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory && !/^(?:node_modules|dist|\.)/.test(entry.name)) {
      yield* sources(`${path}/`);
    } else if (entry.isFile && path.endsWith(".ts")) yield path;
  }
}
