/** The capabilities of a user unless somebody takes them away. */
export const CAPABILITIES = {
  canUseConsolePassword: true,
  canUseApiKeys: true,
  canUseAuthTokens: true,
  canUseSmtpCredentials: true,
  canUseCustomerSecretKeys: true,
  canUseOAuth2ClientCredentials: true,
};
