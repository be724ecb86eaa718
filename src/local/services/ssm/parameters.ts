import type { Parameter, ParameterMetadata, ParameterStringFilter } from "@aws-sdk/client-ssm";
import { AwsError } from "../../aws-error.ts";
import type { Handlers, RequestContext } from "../../service.ts";
import { invalid } from "./errors.ts";
import { pageOf } from "./paging.ts";
import {
  ciphertextOf,
  latestOf,
  type ParameterStore,
  parametersKey,
  type StoredParameter,
} from "./parameter-store.ts";

/** Reading and deleting parameters. */
export const parameters = {
  GetParameter(input, context) {
    const found = lookUp(storeOf(context), input.Name ?? "", input.WithDecryption ?? false);
    if (found === "no-version")
      throw new AwsError(
        "ParameterVersionNotFound",
        `Systems Manager could not find version ${input.Name?.split(":").at(-1)} of ${input.Name}.`,
      );
    if (!found) throw notFound(`Parameter ${input.Name} not found.`);
    return { Parameter: found };
  },

  GetParameters(input, context) {
    const names = input.Names ?? [];
    if (names.length < 1 || names.length > 10)
      throw invalid("names", `[${names.join(", ")}]`, "Member must have length less than or equal to 10");
    const Parameters: Parameter[] = [];
    const InvalidParameters: string[] = [];
    for (const name of new Set(names)) {
      const found = lookUp(storeOf(context), name, input.WithDecryption ?? false);
      if (found === undefined || found === "no-version") InvalidParameters.push(name);
      else Parameters.push(found);
    }
    return { Parameters, InvalidParameters };
  },

  GetParametersByPath(input, context) {
    const path = input.Path ?? "";
    if (!path.startsWith("/"))
      throw new AwsError(
        "ValidationException",
        'The parameter doesn\'t meet the parameter name requirements. The parameter name must begin with a forward slash "/".',
        400,
      );
    const matches = filterOf([
      { Key: "Path", Option: input.Recursive ? "Recursive" : "OneLevel", Values: [path] },
      ...(input.ParameterFilters ?? []),
    ]);
    const { items, ...page } = pageOf(
      sorted(storeOf(context)).filter(matches),
      input,
      { min: 1, max: 10, usual: 10 },
      ["GetParametersByPath", path, input.Recursive, input.ParameterFilters],
      ({ name }) => name,
    );
    return {
      Parameters: items.map((parameter) =>
        shape(parameter, latestOf(parameter), input.WithDecryption ?? false),
      ),
      ...page,
    };
  },

  DescribeParameters(input, context) {
    if (
      input.Filters &&
      input.Filters.length > 0 &&
      input.ParameterFilters &&
      input.ParameterFilters.length > 0
    )
      throw new AwsError(
        "ValidationException",
        "You can use either Filters or ParameterFilters in a single request.",
        400,
      );
    const matches = filterOf([
      ...(input.ParameterFilters ?? []),
      ...(input.Filters ?? []).map(({ Key, Values }) => ({ Key, Values, Option: "BeginsWith" })),
    ]);
    const { items, ...page } = pageOf(
      sorted(storeOf(context)).filter(matches),
      input,
      { min: 1, max: 50, usual: 50 },
      ["DescribeParameters", input.Filters, input.ParameterFilters],
      ({ name }) => name,
    );
    return { Parameters: items.map(metadata), ...page };
  },

  DeleteParameter(input, context) {
    if (!storeOf(context).delete(input.Name ?? "")) throw notFound(`Parameter ${input.Name} not found.`);
    return {};
  },

  DeleteParameters(input, context) {
    const names = input.Names ?? [];
    if (names.length < 1 || names.length > 10)
      throw invalid("names", `[${names.join(", ")}]`, "Member must have length less than or equal to 10");
    const store = storeOf(context);
    const DeletedParameters: string[] = [];
    const InvalidParameters: string[] = [];
    for (const name of new Set(names))
      (store.delete(name) ? DeletedParameters : InvalidParameters).push(name);
    return { DeletedParameters, InvalidParameters };
  },
} satisfies Handlers<typeof import("@aws-sdk/client-ssm")>;

function storeOf({ cloud, account, region }: RequestContext): ParameterStore {
  return cloud.state(parametersKey, account, region);
}

/** By name or ARN, each also with a version behind a colon. */
function lookUp(
  store: ParameterStore,
  asked: string,
  decrypted: boolean,
): Parameter | "no-version" | undefined {
  const path = /^arn:[^:]*:ssm:[^:]*:[^:]*:parameter(\/.*)$/.exec(asked)?.[1] ?? asked;
  const [name = "", selector] = path.split(":");
  const parameter = store.get(name) ?? (path === asked ? undefined : store.get(name.slice(1)));
  if (!parameter) return undefined;
  const version =
    selector === undefined
      ? latestOf(parameter)
      : parameter.versions.find((one) => String(one.version) === selector);
  if (!version) return "no-version";
  return {
    ...shape(parameter, version, decrypted),
    ...(selector === undefined ? {} : { Selector: `:${selector}` }),
  };
}

function shape(
  parameter: StoredParameter,
  version: StoredParameter["versions"][number],
  decrypted: boolean,
): Parameter {
  return {
    Name: parameter.name,
    Type: parameter.type,
    Value: parameter.type === "SecureString" && !decrypted ? ciphertextOf(parameter, version) : version.value,
    Version: version.version,
    LastModifiedDate: new Date(version.modifiedAt),
    ARN: parameter.arn,
    DataType: parameter.dataType,
  };
}

function metadata(parameter: StoredParameter): ParameterMetadata {
  const latest = latestOf(parameter);
  return {
    Name: parameter.name,
    ARN: parameter.arn,
    Type: parameter.type,
    ...(parameter.keyId === undefined ? {} : { KeyId: parameter.keyId }),
    LastModifiedDate: new Date(latest.modifiedAt),
    LastModifiedUser: latest.modifiedBy,
    ...(parameter.description === undefined ? {} : { Description: parameter.description }),
    ...(parameter.allowedPattern === undefined ? {} : { AllowedPattern: parameter.allowedPattern }),
    Version: latest.version,
    Tier: parameter.tier,
    Policies: [],
    DataType: parameter.dataType,
  };
}

const FIELDS: Readonly<Record<string, (parameter: StoredParameter) => string | undefined>> = {
  Name: ({ name }) => name,
  Type: ({ type }) => type,
  KeyId: ({ keyId }) => keyId,
  Tier: ({ tier }) => tier,
  DataType: ({ dataType }) => dataType,
};

function filterOf(filters: readonly ParameterStringFilter[]): (parameter: StoredParameter) => boolean {
  const tests = filters.map(({ Key: key = "", Option: option = "Equals", Values: values = [] }) => {
    if (key === "Path")
      return ({ name }: StoredParameter) =>
        values.some((value) => {
          const prefix = value.endsWith("/") ? value : `${value}/`;
          return (
            name.startsWith(prefix) && (option === "Recursive" || !name.slice(prefix.length).includes("/"))
          );
        });
    const tag = key.startsWith("tag:") ? key.slice("tag:".length) : undefined;
    const field = FIELDS[key];
    if (!field && tag === undefined)
      throw new AwsError("InvalidFilterKey", `The filter key ${key} is not valid.`);
    if (!["Equals", "BeginsWith", "Contains"].includes(option))
      throw new AwsError("InvalidFilterOption", `The filter option ${option} is not valid.`);
    return (parameter: StoredParameter) => {
      const text = field ? field(parameter) : parameter.tags.get(tag ?? "");
      if (text === undefined) return false;
      if (values.length === 0) return true;
      return values.some((value) =>
        option === "BeginsWith"
          ? text.startsWith(value)
          : option === "Contains"
            ? text.includes(value)
            : text === value,
      );
    };
  });
  return (parameter) => tests.every((test) => test(parameter));
}

function sorted(store: ParameterStore): StoredParameter[] {
  return [...store.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function notFound(message: string): AwsError {
  return new AwsError("ParameterNotFound", message);
}
