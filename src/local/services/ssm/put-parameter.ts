import type { ParameterTier, PutParameterRequest } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { invalid } from "./errors.ts";
import {
  latestOf,
  MAX_VERSIONS,
  parameterArn,
  parametersKey,
  type StoredParameter,
} from "./parameter-store.ts";
import { addTags } from "./tags.ts";

/** Bytes of a value by tier. Source: Systems Manager user guide, "Managing parameter tiers". */
const MAX_VALUE = { Standard: 4096, Advanced: 8192 } as const;
const MAX_PARAMETERS = 10_000;
const TYPES = ["String", "StringList", "SecureString"] as const;

/** Putting a parameter, new or over another version. */
export const putParameter = {
  PutParameter(input, context) {
    const store = context.cloud.state(parametersKey, context.account, context.region);
    const name = checkedName(input.Name ?? "", context);
    const known = store.get(name);
    if (known && input.Overwrite !== true)
      throw new AwsError(
        "ParameterAlreadyExists",
        "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.",
      );
    if (input.Overwrite === true && input.Tags && input.Tags.length > 0)
      throw validation(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or RemoveTagsFromResource.",
      );
    const value = input.Value ?? "";
    const tier = checkedTier(input, known, value);
    const type = checkedType(input, known);
    checkPattern(input.AllowedPattern ?? known?.allowedPattern, value);
    if (!known && store.size >= MAX_PARAMETERS)
      throw new AwsError(
        "ParameterLimitExceeded",
        "You have exceeded the number of parameters for this account.",
      );
    const parameter: StoredParameter = known ?? {
      name,
      arn: parameterArn(context, name),
      type,
      tier,
      description: undefined,
      keyId: undefined,
      allowedPattern: undefined,
      dataType: "text",
      versions: [],
      tags: addTags(new Map(), input.Tags),
    };
    parameter.type = type;
    parameter.tier = tier;
    parameter.description = input.Description ?? parameter.description;
    parameter.allowedPattern = input.AllowedPattern ?? parameter.allowedPattern;
    parameter.dataType = input.DataType ?? parameter.dataType;
    parameter.keyId =
      type === "SecureString" ? (input.KeyId ?? parameter.keyId ?? "alias/aws/ssm") : undefined;
    const version = known ? latestOf(known).version + 1 : 1;
    parameter.versions.push({
      version,
      value,
      modifiedAt: context.now.getTime(),
      modifiedBy: context.principal.arn,
    });
    if (parameter.versions.length > MAX_VERSIONS) parameter.versions.shift();
    store.set(name, parameter);
    return { Version: version, Tier: tier };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function checkedName(name: string, context: RequestContext): string {
  if (name.length < 1 || name.length > 2048)
    throw invalid("name", name, "Member must have length between 1 and 2048");
  const bare = name.replace(/^\//, "");
  if (/^ssm/i.test(bare))
    throw validation(
      'Parameter name: can\'t be prefixed with "ssm" (case-insensitive). If formed as a path, it can consist of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the following 3 symbols .-_',
    );
  if (/^aws/i.test(bare))
    throw new AwsError("AccessDeniedException", `No access to reserved parameter name: ${name}.`);
  if (!/^[\w./-]+$/.test(name) || name.endsWith("/") || name.includes("//"))
    throw validation(
      "Parameter name: can only contain letters, numbers and the following symbols: .-_ and slashes between its parts",
    );
  if (name.includes("/") && !name.startsWith("/"))
    throw validation("Parameter name must be a fully qualified name.");
  if (name.split("/").length - 1 > 15)
    throw new AwsError(
      "HierarchyLevelLimitExceededException",
      "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints for parameter names in the AWS Systems Manager User Guide.",
    );
  if (parameterArn(context, name).length > 1011) throw validation("Parameter name is too long.");
  return name;
}

function checkedTier(
  { Tier: asked }: PutParameterRequest,
  known: StoredParameter | undefined,
  value: string,
): ParameterTier {
  const bytes = Buffer.byteLength(value);
  if (bytes === 0) throw invalid("value", value, "Member must have length greater than or equal to 1");
  if (asked !== undefined && !["Standard", "Advanced", "Intelligent-Tiering"].includes(asked))
    throw invalid(
      "tier",
      asked,
      "Member must satisfy enum value set: [Standard, Advanced, Intelligent-Tiering]",
    );
  if (known?.tier === "Advanced" && asked === "Standard")
    throw validation(
      "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a standard parameter.",
    );
  const needed = bytes > MAX_VALUE.Standard || known?.tier === "Advanced" ? "Advanced" : "Standard";
  const tier = asked === "Intelligent-Tiering" ? needed : (asked ?? known?.tier ?? "Standard");
  if (tier === "Standard" && bytes > MAX_VALUE.Standard)
    throw validation(
      `Standard tier parameters support a maximum parameter value of ${MAX_VALUE.Standard} characters. To create a larger parameter value, upgrade the parameter to use the advanced-parameter tier. For more information, see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html`,
    );
  if (bytes > MAX_VALUE.Advanced)
    throw validation(
      `Advanced tier parameters support a maximum parameter value of ${MAX_VALUE.Advanced} characters.`,
    );
  return tier;
}

function checkedType({ Type: asked }: PutParameterRequest, known: StoredParameter | undefined) {
  const type = asked ?? known?.type;
  if (type === undefined) throw validation("A parameter type is required when you create a parameter.");
  if (!TYPES.includes(type))
    throw invalid("type", type, "Member must satisfy enum value set: [SecureString, StringList, String]");
  if (known && known.type !== type)
    throw new AwsError(
      "HierarchyTypeMismatchException",
      "Parameter Store doesn't support changing a parameter type in a hierarchy.",
    );
  return type;
}

function checkPattern(pattern: string | undefined, value: string): void {
  if (pattern === undefined) return;
  let expression: RegExp;
  try {
    expression = new RegExp(`^(?:${pattern})$`);
  } catch {
    throw new AwsError(
      "InvalidAllowedPatternException",
      "The specified pattern is not a regular expression.",
    );
  }
  if (!expression.test(value))
    throw new AwsError(
      "ParameterPatternMismatchException",
      `Parameter value, cannot be validated against allowedPattern: ${pattern}`,
    );
}

function validation(message: string): AwsError {
  return new AwsError("ValidationException", message, 400);
}
