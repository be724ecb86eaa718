/** Message attribute of everything that we publish to SNS: who hears itself knows it by this, and says nothing. */
export const OWN_MESSAGE = "watchkeeper";

/** Tag of things in AWS that a configuration made: its name. IAM policies can name it. */
export const CONFIGURATION_TAG = "watchkeeper:config";
