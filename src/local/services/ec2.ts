import type { LocalService } from "../service.ts";
import { consoleOutput } from "./ec2/console-output.ts";
import { describeInstances } from "./ec2/describe-instances.ts";
import { instanceAttributes } from "./ec2/instance-attributes.ts";
import { instanceStatus } from "./ec2/instance-status.ts";
import { places } from "./ec2/places.ts";
import { powerOperations } from "./ec2/power-operations.ts";
import { profileAssociations } from "./ec2/profile-associations.ts";
import { runInstances } from "./ec2/run-instances.ts";
import { tags } from "./ec2/tags.ts";
import { volumes } from "./ec2/volumes.ts";

/** EC2: instances, volumes, their tags and states, regions. */
export const ec2: LocalService = {
  sdk: "@aws-sdk/client-ec2",
  signingName: "ec2",
  version: "2016-11-15",
  xmlNamespace: "http://ec2.amazonaws.com/doc/2016-11-15/",
  defaultProtocol: "ec2Query",
  missingMember: "MissingParameter",
  handlers: {
    ...describeInstances,
    ...runInstances,
    ...powerOperations,
    ...instanceStatus,
    ...instanceAttributes,
    ...consoleOutput,
    ...profileAssociations,
    ...places,
    ...volumes,
    ...tags,
  },
};
