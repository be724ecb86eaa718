// The managed policies of AWS that machines are given, with what they allow. AWS's full documents are longer; actions that
// nothing here looks at are left out.

/** A statement of a policy. Conditions are kept in documents but never hold here. */
interface PolicyStatement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: readonly string[];
  readonly Resource: string;
}

/** A managed policy of AWS. */
export interface ManagedPolicy {
  readonly name: string;
  /** With slashes around it. */
  readonly path: string;
  readonly id: string;
  readonly version: string;
  readonly createdAt: Date;
  readonly description: string;
  readonly statements: readonly PolicyStatement[];
}

const allow = (Resource: string, ...Action: string[]): PolicyStatement => ({
  Effect: "Allow",
  Action,
  Resource,
});

const CHANNELS = [
  "ssmmessages:CreateControlChannel",
  "ssmmessages:CreateDataChannel",
  "ssmmessages:OpenControlChannel",
  "ssmmessages:OpenDataChannel",
  "ec2messages:AcknowledgeMessage",
  "ec2messages:DeleteMessage",
  "ec2messages:FailMessage",
  "ec2messages:GetEndpoint",
  "ec2messages:GetMessages",
  "ec2messages:SendReply",
];
const AGENT_WRITES = [
  "cloudwatch:PutMetricData",
  "ec2:DescribeVolumes",
  "ec2:DescribeTags",
  "logs:PutLogEvents",
  "logs:PutRetentionPolicy",
  "logs:DescribeLogStreams",
  "logs:DescribeLogGroups",
  "logs:CreateLogStream",
  "logs:CreateLogGroup",
];
const AGENT_PARAMETERS = "arn:aws:ssm:*:*:parameter/AmazonCloudWatch-*";

const policy = (
  name: string,
  id: string,
  year: number,
  description: string,
  statements: readonly PolicyStatement[],
  path = "/",
): ManagedPolicy => ({
  name,
  path,
  id,
  version: "v1",
  createdAt: new Date(Date.UTC(year, 2, 15)),
  description,
  statements,
});

/** By name; their ARNs are `arn:<partition>:iam::aws:policy<path><name>`. Source: AWS Managed Policy Reference. */
export const MANAGED_POLICIES: readonly ManagedPolicy[] = [
  policy("AdministratorAccess", "ANPAIWMBCKSKIEE64ZLYK", 2015, "Provides full access to AWS services and resources.", [allow("*", "*")]),
  policy("AmazonEC2RoleforSSM", "ANPAI6TL3SMY22S4KMMX6", 2015, "Old policy of Systems Manager for instances.", [
    allow("*", "ssm:UpdateInstanceInformation", "ssm:PutInventory", "ssm:GetParameters", "ssm:DescribeDocument", "ssm:GetDocument", ...CHANNELS, "cloudwatch:PutMetricData", "logs:*"),
  ], "/service-role/"),
  policy("AmazonEC2ContainerRegistryReadOnly", "ANPAIFYZPA37OOHVIH7KQ", 2015, "Provides read-only access to container registries.", [allow("*", "ecr:Get*", "ecr:Describe*", "ecr:List*", "ecr:Batch*")]),
  policy("AmazonS3FullAccess", "ANPAIFIR6V6BVTRAHWINE", 2015, "Provides full access to all buckets.", [allow("*", "s3:*", "s3-object-lambda:*")]),
  policy("AmazonS3ReadOnlyAccess", "ANPAIZTJ4DXE7G6AGAE6M", 2015, "Provides read only access to all buckets.", [allow("*", "s3:Get*", "s3:List*", "s3:Describe*")]),
  policy("AmazonSSMFullAccess", "ANPAJA7V6HI4ISQFMDYAG", 2015, "Provides full access to Amazon SSM.", [
    allow("*", "cloudwatch:PutMetricData", "ssm:*", "ec2messages:*", "ssmmessages:*", "logs:*"),
  ]),
  policy("AmazonSSMManagedInstanceCore", "ANPAIXSHM2BNB2D3AXXRU", 2019, "The policy for Amazon EC2 Role to enable AWS Systems Manager service core functionality.", [
    allow("*", "ssm:UpdateInstanceInformation", "ssm:PutInventory", "ssm:PutComplianceItems", "ssm:ListAssociations", "ssm:GetParameter", "ssm:GetParameters", "ssm:GetManifest", "ssm:GetDocument", "ssm:DescribeDocument", "ssm:DescribeAssociation", ...CHANNELS),
  ]),
  policy("CloudWatchAgentAdminPolicy", "ANPAICMXPKT7EBAF6KR3O", 2018, "Full permissions required to use AmazonCloudWatchAgent.", [
    allow("*", ...AGENT_WRITES), allow(AGENT_PARAMETERS, "ssm:GetParameter", "ssm:PutParameter"),
  ]),
  policy("CloudWatchAgentServerPolicy", "ANPAIGOPKN7KRDAKTLG4I", 2018, "Permissions required to use AmazonCloudWatchAgent on servers", [
    allow("*", ...AGENT_WRITES), allow(AGENT_PARAMETERS, "ssm:GetParameter"),
  ]),
  policy("ReadOnlyAccess", "ANPAILL3HVNFSB6DCOWYQ", 2015, "Provides read-only access to AWS services and resources.", [
    allow("*", "*:Describe*", "*:Get*", "*:List*"),
  ]),
]; // biome-ignore format: a table

const byPlace = new Map(MANAGED_POLICIES.map((managed) => [`${managed.path}${managed.name}`, managed]));

/** The managed policy of an ARN, in whatever partition; undefined when AWS has none there (or none that is known here). */
export function managedPolicy(arn: string): ManagedPolicy | undefined {
  const place = /^arn:aws(?:-cn|-us-gov)?:iam::aws:policy(\/.+)$/.exec(arn)?.[1];
  return place === undefined ? undefined : byPlace.get(place);
}

/** A managed policy's document as IAM shows it in a partition. */
export function managedDocument({ statements }: ManagedPolicy, partition: string): string {
  const Statement = statements.map((statement) => ({
    ...statement,
    Resource: statement.Resource.replace(/^arn:aws:/, `arn:${partition}:`),
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement });
}
