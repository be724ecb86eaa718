import type { LocalService } from "../service.ts";
import { autoscaling } from "./autoscaling.ts";
import { cloudwatch } from "./cloudwatch.ts";
import { codedeploy } from "./codedeploy.ts";
import { ec2 } from "./ec2.ts";
import { elbv2 } from "./elbv2.ts";
import { eventbridge } from "./eventbridge.ts";
import { iam } from "./iam.ts";
import { route53 } from "./route53.ts";
import { serviceQuotas } from "./service-quotas.ts";
import { sns } from "./sns.ts";
import { sqs } from "./sqs.ts";
import { ssm } from "./ssm.ts";
import { sts } from "./sts.ts";

/** Every service of the local cloud, by the name that counts, faults and schema files use. */
export const SERVICES = {
  autoscaling,
  cloudwatch,
  codedeploy,
  ec2,
  elbv2,
  eventbridge,
  iam,
  route53,
  "service-quotas": serviceQuotas,
  sns,
  sqs,
  ssm,
  sts,
} as const satisfies Readonly<Record<string, LocalService>>;
