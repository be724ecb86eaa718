import type { DocumentDescription, PlatformType } from "@aws-sdk/client-ssm";
import { sha256 } from "../../../support/canonical-json.ts";
import { AwsError } from "../../aws-error.ts";
import type { Handlers } from "../../service.ts";
import { invalid } from "./errors.ts";
import { pageOf } from "./paging.ts";

interface ParameterRule {
  readonly type: "String" | "StringList";
  readonly description: string;
  readonly default?: string;
  readonly required?: boolean;
  readonly allowed?: readonly string[];
}

/** A document of AWS, as far as it is known here. */
export interface CommandDocument {
  readonly name: DocumentName;
  readonly description: string;
  readonly platforms: readonly PlatformType[];
  readonly version: string;
  readonly schemaVersion: string;
  readonly parameters: Readonly<Record<string, ParameterRule>>;
  /** Its steps by the platform they run on; the other platform's steps are skipped. */
  readonly steps: readonly { readonly name: string; readonly platform: PlatformType | undefined }[];
}

export type DocumentName =
  | "AWS-RunShellScript"
  | "AWS-RunPowerShellScript"
  | "AWS-ConfigureAWSPackage"
  | "AmazonCloudWatch-ManageAgent"
  | "AWS-UpdateSSMAgent";

const script = (): CommandDocument["parameters"] => ({
  commands: { type: "StringList", description: "(Required) Specify a shell script or a command to run.", required: true },
  workingDirectory: { type: "String", description: "(Optional) The path to the working directory on your instance.", default: "" },
  executionTimeout: { type: "String", description: "(Optional) The time in seconds for a command to complete before it is considered to have failed. Default is 3600 (1 hour). Maximum is 172800 (48 hours).", default: "3600" },
}); // biome-ignore format: a table

/** Documents by name. Source: their own contents (`aws ssm get-document`). */
export const DOCUMENTS: Readonly<Record<DocumentName, CommandDocument>> = {
  "AWS-RunShellScript": {
    name: "AWS-RunShellScript", description: "Run a shell script or specify the commands to run.", platforms: ["Linux", "MacOS"],
    version: "1", schemaVersion: "1.2", parameters: script(), steps: [{ name: "aws:runShellScript", platform: "Linux" }],
  },
  "AWS-RunPowerShellScript": {
    name: "AWS-RunPowerShellScript", description: "Run a PowerShell script or specify the paths to scripts to run.", platforms: ["Windows", "Linux", "MacOS"],
    version: "1", schemaVersion: "1.2", parameters: script(), steps: [{ name: "aws:runPowerShellScript", platform: undefined }],
  },
  "AWS-ConfigureAWSPackage": {
    name: "AWS-ConfigureAWSPackage", description: "Install or uninstall a Distributor package.", platforms: ["Windows", "Linux", "MacOS"],
    version: "1", schemaVersion: "2.2", steps: [{ name: "configurePackage", platform: undefined }],
    parameters: {
      action: { type: "String", description: "(Required) Specify whether or not to install or uninstall the package.", required: true, allowed: ["Install", "Uninstall"] },
      installationType: { type: "String", description: "(Optional) Specify the type of installation.", default: "Uninstall and reinstall", allowed: ["Uninstall and reinstall", "In-place update"] },
      name: { type: "String", description: "(Required) The package to install/uninstall.", required: true },
      version: { type: "String", description: "(Optional) The version of the package to install or uninstall.", default: "" },
      additionalArguments: { type: "String", description: "(Optional) The additional parameters to provide to your scripts.", default: "{}" },
    },
  },
  "AmazonCloudWatch-ManageAgent": {
    name: "AmazonCloudWatch-ManageAgent", description: "Send commands to Amazon CloudWatch Agent", platforms: ["Windows", "Linux", "MacOS"],
    version: "9", schemaVersion: "2.2",
    steps: [{ name: "ControlCloudWatchAgentWindows", platform: "Windows" }, { name: "ControlCloudWatchAgentLinux", platform: "Linux" }],
    parameters: {
      action: {
        type: "String", description: "The action CloudWatch Agent should take.", default: "configure",
        allowed: ["configure", "configure (append)", "configure (remove)", "start", "status", "stop"],
      },
      mode: { type: "String", description: "Controls platform-specific default behavior.", default: "ec2", allowed: ["ec2", "onPremise", "auto"] },
      optionalConfigurationSource: { type: "String", description: "Only for 'configure' related actions.", default: "ssm", allowed: ["ssm", "default", "all"] },
      optionalConfigurationLocation: { type: "String", description: "Only for 'configure' related actions. Only needed when Optional Configuration Source is set to 'ssm'.", default: "" },
      optionalOpenTelemetryCollectorConfigurationSource: { type: "String", description: "Only for 'configure' related actions.", default: "ssm", allowed: ["ssm", "default", "all"] },
      optionalOpenTelemetryCollectorConfigurationLocation: { type: "String", description: "Only for 'configure' related actions.", default: "" },
      optionalRestart: { type: "String", description: "Only for 'configure' related actions. If 'yes', restarts the agent to use the new configuration.", default: "yes", allowed: ["yes", "no"] },
    },
  },
  "AWS-UpdateSSMAgent": {
    name: "AWS-UpdateSSMAgent", description: "Update the Amazon SSM Agent to the latest version or specified version.", platforms: ["Windows", "Linux", "MacOS"],
    version: "1", schemaVersion: "1.2", steps: [{ name: "aws:updateSsmAgent", platform: undefined }],
    parameters: {
      version: { type: "String", description: "(Optional) A specific version of SSM Agent to install. If not specified, the agent will be updated to the latest version.", default: "" },
      allowDowngrade: { type: "String", description: "(Optional) Allow the Amazon SSM Agent service to be downgraded to an earlier version.", default: "false", allowed: ["true", "false"] },
    },
  },
}; // biome-ignore format: a table

/** The document of a name or ARN. Throws InvalidDocument. */
export function documentOf(asked: string | undefined): CommandDocument {
  const name = /^arn:[^:]*:ssm:[^:]*:[^:]*:document\/(.+)$/.exec(asked ?? "")?.[1] ?? asked ?? "";
  if (!Object.hasOwn(DOCUMENTS, name))
    throw new AwsError("InvalidDocument", `Document with name ${name} does not exist.`);
  return DOCUMENTS[name as DocumentName];
}

/** A command's parameters with the document's defaults filled in, as its steps see them. Throws InvalidParameters. */
export function checkedParameters(
  document: CommandDocument,
  given: Readonly<Record<string, readonly string[]>>,
): Readonly<Record<string, readonly string[]>> {
  for (const [name, values] of Object.entries(given)) {
    const rule = Object.hasOwn(document.parameters, name) ? document.parameters[name] : undefined;
    if (!rule) throw wrong(`Parameter "${name}" is not supported by document "${document.name}".`);
    if (rule.type === "String" && values.length !== 1)
      throw wrong(`Parameter "${name}" requires type "String".`);
    if (rule.allowed && !rule.allowed.includes(values[0] ?? ""))
      throw wrong(`Parameter "${name}" has value "${values[0]}" not in [${rule.allowed.join(", ")}].`);
  }
  const result: Record<string, readonly string[]> = {};
  for (const [name, rule] of Object.entries(document.parameters)) {
    const values = given[name];
    if (values === undefined && rule.required) throw wrong(`Parameter "${name}" requires a value.`);
    result[name] = values ?? (rule.default === undefined ? [] : [rule.default]);
  }
  const seconds = result["executionTimeout"]?.[0];
  if (seconds !== undefined && !(/^\d+$/.test(seconds) && Number(seconds) >= 1 && Number(seconds) <= 172_800))
    throw wrong(
      `Parameter "executionTimeout" has value "${seconds}" that doesn't match its allowed pattern.`,
    );
  return result;
}

/** Documents as clients list and describe them. */
export const documents = {
  ListDocuments(input, context) {
    const unknown = [
      ...(input.Filters ?? []).map(({ Key }) => Key),
      ...(input.DocumentFilterList ?? []).map(({ key }) => key),
    ].find((key) => !["Owner", "Name", "DocumentType", "PlatformTypes"].includes(key ?? ""));
    if (unknown !== undefined)
      throw new AwsError("InvalidFilterKey", `The filter key ${unknown} is not valid.`);
    const filters = [
      ...(input.Filters ?? []).map(({ Key = "", Values = [] }) => [Key, Values] as const),
      ...(input.DocumentFilterList ?? []).map(
        ({ key = "", value = "" }) => [key as string, [value]] as const,
      ),
    ];
    const matches = (document: CommandDocument) =>
      filters.every(([key, values]) => {
        if (key === "Name") return values.some((value) => document.name.startsWith(value));
        if (key === "Owner") return values.some((value) => ["Amazon", "Public", "All"].includes(value));
        if (key === "PlatformTypes")
          return values.some((value) => document.platforms.includes(value as PlatformType));
        return values.includes("Command");
      });
    const all = Object.values(DOCUMENTS).sort((a, b) => (a.name < b.name ? -1 : 1));
    const { items, ...page } = pageOf(
      all.filter(matches),
      input,
      { min: 1, max: 50, usual: 50 },
      ["ListDocuments", context.region, filters],
      ({ name }) => name,
    );
    return {
      DocumentIdentifiers: items.map((document) => ({
        Name: document.name,
        Owner: "Amazon",
        PlatformTypes: [...document.platforms],
        DocumentVersion: document.version,
        DocumentType: "Command" as const,
        SchemaVersion: document.schemaVersion,
        DocumentFormat: "JSON" as const,
        Tags: [],
      })),
      ...page,
    };
  },

  DescribeDocument(input) {
    const document = documentOf(input.Name);
    const version = input.DocumentVersion ?? "$DEFAULT";
    if (!["$DEFAULT", "$LATEST", document.version].includes(version))
      throw new AwsError("InvalidDocumentVersion", `The document version ${version} is not valid.`);
    return { Document: description(document) };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function description(document: CommandDocument): DocumentDescription {
  return {
    Hash: sha256(JSON.stringify(document)),
    HashType: "Sha256",
    Name: document.name,
    Owner: "Amazon",
    CreatedDate: new Date("2024-01-15T00:00:00Z"),
    Status: "Active",
    DocumentVersion: document.version,
    Description: document.description,
    Parameters: Object.entries(document.parameters).map(([Name, rule]) => ({
      Name,
      Type: rule.type,
      Description: rule.description,
      ...(rule.default === undefined ? {} : { DefaultValue: rule.default }),
    })),
    PlatformTypes: [...document.platforms],
    DocumentType: "Command",
    SchemaVersion: document.schemaVersion,
    LatestVersion: document.version,
    DefaultVersion: document.version,
    DocumentFormat: "JSON",
    Tags: [],
  };
}

/** Checks the version that a command asks for; answers the one it runs. */
export function checkedVersion(document: CommandDocument, asked: string | undefined): string {
  if (asked !== undefined && !/^(\$DEFAULT|\$LATEST|\d+)$/.test(asked))
    throw invalid(
      "documentVersion",
      asked,
      "Member must satisfy regular expression pattern: ([$]LATEST|[$]DEFAULT|^[1-9][0-9]*$)",
    );
  if (asked !== undefined && /^\d+$/.test(asked) && asked !== document.version)
    throw new AwsError("InvalidDocumentVersion", `The document version ${asked} is not valid.`);
  return asked ?? "$DEFAULT";
}

function wrong(message: string): AwsError {
  return new AwsError("InvalidParameters", message);
}
