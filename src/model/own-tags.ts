/** Message attribute of everything that we publish to SNS: who hears itself knows it by this, and says nothing. */
export const OWN_MESSAGE = "watchkeeper";

/** Tag of things in AWS that a configuration made: its name. IAM policies can name it. */
export const CONFIGURATION_TAG = "watchkeeper:config";

/** Tag by which an instance consents to being repaired, and the value that it must have. IAM policies name it too. */
export const REMEDIATE_TAG = "watchkeeper:remediate";
export const REMEDIATE_VALUE = "yes";
