/** A service of the tests' own: the contract has no method whose requests alone are a stream. */
import { create, createFileRegistry } from "@bufbuild/protobuf";
import type { GenService } from "@bufbuild/protobuf/codegenv2";
import { FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";
import {
  file_orbit_v1_files,
  type FileHashSchema,
  type ReadFileResponseSchema,
} from "#proto/gen/orbit/v1/files_pb.ts";

const PACKAGE = "orbit.v1";

const file = create(FileDescriptorProtoSchema, {
  name: "orbit/test/gather.proto",
  package: "orbit.test",
  syntax: "proto3",
  dependency: [file_orbit_v1_files.proto.name],
  service: [{
    name: "GatherService",
    method: [{
      name: "Gather",
      inputType: `.${PACKAGE}.ReadFileResponse`,
      outputType: `.${PACKAGE}.FileHash`,
      clientStreaming: true,
    }],
  }],
});

const registry = createFileRegistry(file, () => file_orbit_v1_files);

/** Takes pieces of data and tells how many there were, and a text of them. */
export const GatherService = registry.getService("orbit.test.GatherService") as GenService<{
  gather: {
    methodKind: "client_streaming";
    input: typeof ReadFileResponseSchema;
    output: typeof FileHashSchema;
  };
}>;
