import type { LocalService } from "../service.ts";
import { documents } from "./ssm/documents.ts";
import { instanceInformation } from "./ssm/instance-information.ts";
import { inventory } from "./ssm/inventory.ts";
import { listCommands } from "./ssm/list-commands.ts";
import { parameters } from "./ssm/parameters.ts";
import { putParameter } from "./ssm/put-parameter.ts";
import { sendCommand } from "./ssm/send-command.ts";
import { tags } from "./ssm/tags.ts";

/** Systems Manager: managed nodes, commands that simulated machines run, parameters, inventory. */
export const ssm: LocalService = {
  sdk: "@aws-sdk/client-ssm",
  signingName: "ssm",
  target: "AmazonSSM",
  version: "2014-11-06",
  xmlNamespace: "http://ssm.amazonaws.com/doc/2014-11-06/",
  defaultProtocol: "awsJson1_1",
  handlers: {
    ...instanceInformation,
    ...sendCommand,
    ...listCommands,
    ...documents,
    ...parameters,
    ...putParameter,
    ...tags,
    ...inventory,
  },
};
