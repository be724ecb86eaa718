// The commands of this service that are used: only these reach the bundle, and the IAM policy is made from them.
export {
  BatchGetDeploymentsCommand,
  CodeDeployClient as Client,
  ListDeploymentsCommand,
  ListDeploymentTargetsCommand,
} from "@aws-sdk/client-codedeploy";
