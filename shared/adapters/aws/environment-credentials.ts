/**
 * Stands in for the SDK's chain of credential sources in the bundles (`alias` in serverless.yml): a function gets its
 * role's credentials in the environment and nowhere else, and the rest of the chain is a fifth of every bundle.
 */
import { fromEnv } from '@aws-sdk/credential-provider-env';

/** The name that the SDK's clients import. */
export const defaultProvider = () => fromEnv();
