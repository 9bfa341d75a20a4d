/** One option of a command, as parsing, help and completions all read it. */

/** What a shell offers after an option or as an argument. */
export type Completion = "file" | "directory" | "none" | readonly string[];

/** An entry of a command's option table; `S` is the state that parsing fills. */
export interface Option<S> {
  /** The long name without dashes; an option may have a letter only. */
  readonly name?: string;
  /** The letter. */
  readonly short?: string;
  /** What the value is called in help; an option without it is a flag. */
  readonly value?: string;
  /** One or more lines' worth of prose, without a trailing period. */
  readonly help: string;
  /** The heading it stands under in help. */
  readonly group: string;
  /** What its value may be; a file unless said otherwise. */
  readonly completes?: Completion;
  /** Takes effect on the state; `value` is "" for a flag. */
  apply(state: S, value: string): void;
  /** The effect of `--no-NAME` and `--no-LETTER`, where there is one. */
  negate?(state: S): void;
}

/** How a person writes the option: `--name`, or `-x` when it has no name. */
export function spellingOf(option: Pick<Option<never>, "name" | "short">): string {
  return option.name === undefined ? `-${option.short}` : `--${option.name}`;
}

/** Every long name that the option answers to, without dashes, negations included. */
export function longNamesOf(option: Option<never>): string[] {
  const names = option.name === undefined ? [] : [option.name];
  return option.negate === undefined ? names : [...names, ...negationsOf(option)];
}

/** The long names that undo the option, such as `no-times` and `no-t`. */
export function negationsOf(option: Pick<Option<never>, "name" | "short">): string[] {
  return [option.name, option.short].filter((name) => name !== undefined).map((name) =>
    `no-${name}`
  );
}
