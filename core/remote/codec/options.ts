/** How actions are carried out. */
import type { ActionOptions } from "#core/system/mod.ts";
import type {
  ActionOptions as OptionsMessage,
  ActionOptionsSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";
import type { MessageInitShape } from "@bufbuild/protobuf";
import type { Blame } from "./blame.ts";
import { fromPath, toPath } from "./bytes.ts";

export function toActionOptions(
  options: ActionOptions,
): MessageInitShape<typeof ActionOptionsSchema> {
  const { backup, partialDirectory, ...rest } = options;
  return {
    ...rest,
    partialDirectory: partialDirectory === undefined
      ? undefined
      : toPath(partialDirectory, "options.partial_directory"),
    backup: backup && {
      directory: backup.directory === undefined
        ? undefined
        : toPath(backup.directory, "options.backup.directory"),
      suffix: toPath(backup.suffix, "options.backup.suffix"),
    },
  };
}

export function fromActionOptions(
  message: OptionsMessage | undefined,
  blame: Blame,
): ActionOptions {
  if (message === undefined) throw blame("options", "missing");
  const { tag, backup, partialDirectory } = message;
  if (!/^[0-9a-z]{8}$/.test(tag)) {
    throw blame("options.tag", `${JSON.stringify(tag.slice(0, 40))} is not 8 of a-z and 0-9`);
  }
  const options: ActionOptions = {
    tag,
    verify: message.verify,
    followLinks: message.followLinks,
    keepTimes: message.keepTimes,
    sparse: message.sparse,
    inplace: message.inplace,
    fsync: message.fsync,
    keepPartial: message.keepPartial,
  };
  if (message.wholeFile) options.wholeFile = true;
  if (partialDirectory !== undefined) {
    options.partialDirectory = fromPath(partialDirectory, "options.partial_directory", blame);
  }
  if (backup !== undefined) {
    options.backup = { suffix: fromPath(backup.suffix, "options.backup.suffix", blame) };
    if (backup.directory !== undefined) {
      const field = "options.backup.directory";
      options.backup.directory = fromPath(backup.directory, field, blame);
    }
  }
  return options;
}
