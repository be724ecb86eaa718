// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  AutoScalingClient as Client,
  DescribeAutoScalingInstancesCommand,
  DescribeInstanceRefreshesCommand,
  SetInstanceHealthCommand,
} from "@aws-sdk/client-auto-scaling";
