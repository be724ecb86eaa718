// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
  ElasticLoadBalancingV2Client as Client,
} from "@aws-sdk/client-elastic-load-balancing-v2";
