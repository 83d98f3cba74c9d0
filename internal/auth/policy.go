package auth

import (
	"slices"

	"rainmaker/internal/org"
)

// grant is a set of roles.
type grant []org.Role

// The sets that the table below is made of. An operation that is not in the
// table is allowed to nobody.
var (
	nobodyYet = grant{} // open to everybody, signed in or not: see public
	admins    = grant{org.Admin}
	managers  = grant{org.Admin, org.Manager}
	programs  = grant{org.Admin, org.Manager, org.APIUser}                                  // and API users
	creators  = grant{org.Admin, org.Manager, org.ContentCreator}                           // and content creators
	makers    = grant{org.Admin, org.Manager, org.ContentCreator, org.APIUser}              // creators and API users
	watchers  = grant{org.Admin, org.Manager, org.Analyst, org.APIUser}                     // who reads numbers
	everybody = grant{org.Admin, org.Manager, org.ContentCreator, org.Analyst, org.APIUser} // all who are signed in
	people    = grant{org.Admin, org.Manager, org.ContentCreator, org.Analyst}              // all but API users
)

// public operations need no proof; their handlers check what they are given.
var public = map[string]bool{
	"signup": true, "login": true, "refresh": true, "logout": true, "accept-invitation": true,
	"request-password-reset": true, "confirm-password-reset": true, "begin-passkey-login": true, "login-with-passkey": true,
	"open-share":             true,
	"list-sign-in-providers": true,
}

// policy is who may do what: SPEC 7.1.3 by operation. It is served at
// GET /roles. A new operation gets its line here; a test in api fails until it
// has one.
var policy = map[string]grant{
	// Identity
	"signup": nobodyYet, "login": nobodyYet, "refresh": nobodyYet, "logout": nobodyYet, "accept-invitation": nobodyYet,
	"request-password-reset": nobodyYet, "confirm-password-reset": nobodyYet, "begin-passkey-login": nobodyYet, "login-with-passkey": nobodyYet,
	// One's own sign-in; API keys have none and are refused by auth.
	"show-mfa": everybody, "enrol-totp": everybody, "confirm-totp": everybody, "disable-totp": everybody,
	"renew-recovery-codes": everybody, "verify-session": everybody, "change-password": everybody,
	"list-passkeys": everybody, "begin-passkey": everybody, "add-passkey": everybody, "rename-passkey": everybody, "remove-passkey": everybody,
	"list-sessions": everybody, "end-session": everybody, "end-other-sessions": everybody,
	"show-me":             everybody,
	"list-roles":          everybody,
	"show-organization":   everybody,
	"update-organization": admins,
	"list-members":        managers,
	"add-member":          managers, // a manager governs content creators and analysts only
	"update-member":       managers,
	"remove-member":       managers,
	"make-reset-link":     managers,
	"end-member-sessions": managers,
	"create-api-key":      admins,
	"list-api-keys":       admins,
	"show-api-key":        admins,
	"rotate-api-key":      admins,
	"revoke-api-key":      admins,
	"list-audit-log":      admins,
	"export-audit-log":    admins,
	"prove-audit-entry":   admins,
	"list-access-log":     admins,

	// Single sign-on; identities are one's own
	"list-sign-in-providers": nobodyYet, "list-identities": everybody, "link-identity": everybody, "unlink-identity": everybody,
	"list-sso-connections": admins, "create-sso-connection": admins, "show-sso-connection": admins, "update-sso-connection": admins, "delete-sso-connection": admins,
	"test-sso-connection": admins,

	// Leads
	"create-lead":            programs,
	"list-leads":             programs,
	"show-lead":              programs,
	"update-lead":            programs,
	"delete-lead":            managers,
	"list-lead-interactions": programs,
	"add-lead-note":          programs,
	"add-lead-task":          programs,
	"bulk-leads":             managers,
	"import-leads":           programs,
	"list-imports":           programs,
	"show-import":            programs,
	"import-errors":          programs,
	"list-import-errors":     programs,
	"undo-import":            managers,
	"export-leads":           managers,
	"list-suppressions":      programs,
	"add-suppression":        programs,
	"remove-suppression":     managers,
	"add-consent":            programs,
	"show-lead-compliance":   programs,
	"list-tasks":             programs,
	"update-task":            programs,

	// Campaigns
	"create-campaign":          managers,
	"list-campaigns":           everybody,
	"show-campaign":            everybody,
	"update-campaign":          managers,
	"delete-campaign":          managers,
	"launch-campaign":          managers,
	"pause-campaign":           managers,
	"resume-campaign":          managers,
	"archive-campaign":         managers,
	"enrol-leads":              programs,
	"undo-enrolment":           programs,
	"preview-campaign":         creators,
	"preflight-campaign":       managers,
	"show-campaign-metrics":    everybody,
	"list-campaign-audience":   programs,
	"show-campaign-mail":       creators,
	"test-campaign-mail":       managers,
	"show-campaign-outlook":    everybody,
	"show-writer":              everybody,
	"show-writer-status":       admins,
	"list-campaign-launches":   programs,
	"ship-campaign-variant":    managers,
	"copy-campaign":            managers,
	"list-campaign-enrolments": programs,
	"pause-all":                managers,
	"resume-all":               managers,

	// Actions, approvals, decisions
	"list-actions":   programs,
	"show-action":    programs,
	"approve-action": managers,
	"reject-action":  managers,
	"release-action": managers,
	"abandon-action": managers,
	"show-waiting":   programs,
	"list-decisions": programs,

	"show-action-message": programs, "reword-action": managers, "show-reply": programs, "correct-reply": managers,

	// Mail
	"add-sample": managers, "remove-sample": managers, "create-sandbox-mailbox": managers,
	"create-mailbox": managers,
	"list-mailboxes": managers,
	"show-mailbox":   managers,
	"update-mailbox": managers,
	"delete-mailbox": managers,
	"test-mailbox":   managers,

	// Webhooks: they carry data out of the product for good
	"create-webhook-endpoint": admins,
	"list-webhook-endpoints":  admins,
	"show-webhook-endpoint":   admins,
	"update-webhook-endpoint": admins,
	"delete-webhook-endpoint": admins,
	"rotate-webhook-secret":   admins,
	"test-webhook-endpoint":   admins,
	"list-webhook-deliveries": admins,
	"redeliver-webhook":       admins,
	"create-inbound-webhook":  admins,
	"list-inbound-webhooks":   admins,
	"delete-inbound-webhook":  admins,
	"list-inbound-events":     admins,
	"list-views":              people, "create-view": people, "update-view": people, "delete-view": people, // of the lead list

	// Content
	"put-content":      makers,
	"generate-content": makers,
	"list-content":     everybody,
	"show-content":     everybody,
	"approve-content":  managers,
	"schedule-content": creators,
	"publish-content":  creators,

	// Watching and incidents
	"list-alerts":       admins,
	"acknowledge-alert": admins,
	"close-alert":       admins,
	"list-incidents":    admins,
	"show-incident":     admins,
	"open-incident":     admins,
	"advance-incident":  admins,
	"add-incident-note": admins,
	"isolate":           admins,
	"release-isolation": admins,
	"export-incident":   admins,

	// Analytics
	"query-analytics":    watchers,
	"list-insights":      watchers,
	"show-forecast":      watchers,
	"show-funnel":        watchers,
	"show-activity":      people,
	"create-share":       managers,
	"list-shares":        managers,
	"revoke-share":       managers,
	"open-share":         nobodyYet, // who has the link
	"list-conversations": programs,
	"list-replies":       programs,
	"show-conversation":  programs,
}

// Public reports whether an operation needs no proof of identity.
func Public(operation string) bool { return public[operation] }

// Known reports whether the table has the operation.
func Known(operation string) bool {
	_, ok := policy[operation]
	return ok
}

// Allowed reports whether a role may do an operation.
func Allowed(role org.Role, operation string) bool {
	return slices.Contains(policy[operation], role)
}

// Operations lists the table in alphabetical order.
func Operations() []string {
	names := make([]string, 0, len(policy))
	for name := range policy {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// RolesOf lists who may do an operation.
func RolesOf(operation string) []org.Role {
	return append([]org.Role{}, policy[operation]...)
}
