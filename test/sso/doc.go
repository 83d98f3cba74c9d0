// Package sso signs in through providers that others have written: the
// OpenID Connect provider of test/sso/package.json, run by Node.
//
// Files: oidc_test.go, provider.mjs (the provider), package.json and its lock.
package sso
