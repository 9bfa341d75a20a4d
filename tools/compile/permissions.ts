/** Permission sets of `deno.json`, changed by flags, for a program that is packed. */

export const PERMISSION_NAMES = ["read", "write", "net", "env", "sys", "run", "ffi"] as const;

export type PermissionName = typeof PERMISSION_NAMES[number];

/** A flag as `--allow-read=/a,/b`; `true` without a list. */
export interface PermissionFlag {
  rule: "allow" | "deny";
  name: PermissionName;
  list: true | string[];
}

/** All or some of what a permission covers. */
type Rule = boolean | string[];

/** A permission as deno.json writes it. */
type Permission = Rule | { allow?: Rule; deny?: Rule; ignore?: Rule };

export type PermissionSet = Partial<Record<PermissionName | "import", Permission>>;

/** Places of a set: the ones it names are absolute, or relative to the program's folder. */
const OWN_FOLDER = "./";

/**
 * A set with flags applied: flags of one name replace that permission's allowed or denied part,
 * several of one kind add up. A program that may read only some places may read its own modules,
 * which lie in a folder of their own beside its configuration.
 */
export function bakePermissions(
  set: PermissionSet,
  flags: readonly PermissionFlag[],
): PermissionSet {
  const baked: PermissionSet = { ...set };
  for (const [name, given] of Map.groupBy(flags, (flag) => flag.name)) {
    const { allow, deny, ...rest } = parts(set[name]);
    baked[name] = {
      ...rest,
      ...rule("allow", joined(given, "allow") ?? allow),
      ...rule("deny", joined(given, "deny") ?? deny),
    };
  }
  const read = parts(baked.read);
  if (Array.isArray(read.allow)) baked.read = { ...read, allow: [...read.allow, OWN_FOLDER] };
  return baked;
}

function parts(permission: Permission | undefined): { allow?: Rule; deny?: Rule; ignore?: Rule } {
  if (permission === undefined) return {};
  return typeof permission === "object" && !Array.isArray(permission)
    ? permission
    : { allow: permission };
}

function rule(name: "allow" | "deny", value: Rule | undefined) {
  return value === undefined ? {} : { [name]: value };
}

function joined(flags: readonly PermissionFlag[], rule: "allow" | "deny"): Rule | undefined {
  const lists = flags.filter((flag) => flag.rule === rule).map((flag) => flag.list);
  if (lists.length === 0) return undefined;
  return lists.includes(true) ? true : lists.flatMap((list) => list as string[]);
}
