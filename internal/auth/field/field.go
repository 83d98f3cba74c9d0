// Package field is the third side of the table of rights in auth/policy.go: who
// may write which field of an operation's body. It is data and its questions, no
// state and no tables.
//
// Invariant: a field that is not here is writable to nobody.
package field

import (
	"slices"
	"strings"

	"rainmaker/internal/auth"
	"rainmaker/internal/org"
)

// grant is a set of roles.
type grant []org.Role

// rights say who may write which field of an operation's body. A nil grant is
// whoever may do the operation.
type rights map[string]grant

// all makes rights of fields that do not differ from their operation.
func all(names string) rights {
	r := rights{}
	for name := range strings.FieldsSeq(names) {
		r[name] = nil
	}
	return r
}

// but narrows fields to some of the roles that may do the operation.
func (r rights) but(roles grant, names string) rights {
	for name := range strings.FieldsSeq(names) {
		r[name] = roles
	}
	return r
}

// fieldPolicy is the table: role x operation x field. A field of a body that is not here is writable to nobody; a test in api
// fails until each has its entry. What an answer shows and no line here names
// (ids, versions, scores, times) nobody can write.
func fieldPolicy() map[string]rights {
	managers := grant{org.Admin, org.Manager}
	return map[string]rights{
		"signup":            all("email name organization_name password"),
		"login":             all("email organization_id passkey password totp_code"),
		"logout":            all("refresh_token"),
		"refresh":           all("refresh_token"),
		"accept-invitation": all("name passkey password token totp_code"),
		"confirm-totp":      all("totp_code"),
		"disable-totp":      all("passkey password totp_code"),
		"verify-session":    all("passkey password totp_code"),
		"change-password":   all("current new"),

		"login-with-passkey": all("ceremony credential organization_id"),
		"add-passkey":        all("ceremony credential name"),
		"rename-passkey":     all("name"),

		"request-password-reset": all("email"),
		"confirm-password-reset": all("passkey password token totp_code"),

		"update-organization": all("name postal_address require_mfa revenue_goal settings timezone"),
		"add-member":          all("email role"), // which roles a manager gives is org's rule
		"update-member":       all("role"),
		"create-api-key":      all("allowed_addresses expires_at limits name rate_limit role scopes"),

		"rotate-api-key": all("overlap_hours"),

		"create-sso-connection": all("allowed_domains break_glass_user_id client_id certificates client_secret default_role enabled enforce idp_initiated issuer kind metadata_url metadata_xml name slug sso_url"),
		"update-sso-connection": all("allowed_domains break_glass_user_id client_id certificates client_secret default_role enabled enforce idp_initiated issuer metadata_url metadata_xml name slug sso_url"),
		"link-identity":         all("next provider"),

		"create-lead":     all("company consents custom email external_id first_name last_name phone region source tags timezone title"),
		"update-lead":     all("company custom email external_id first_name last_name phone region source status tags timezone title"),
		"bulk-leads":      all("action filter ids status tags"),
		"import-leads":    all("corrections dry_run file mapping source update_existing"),
		"add-lead-note":   all("body"),
		"add-lead-task":   all("assignee_id body due_at title"),
		"update-task":     all("done"),
		"add-consent":     all("channel evidence lead_id occurred_at purpose state text_version"),
		"add-suppression": all("reason values"),

		"create-campaign":    all("ab_testing ai audience auto_optimize budget end_at goal mailbox_id name phone_number_id schedule start_at steps type"),
		"update-campaign":    all("ab_testing ai audience auto_optimize budget end_at goal mailbox_id name phone_number_id schedule start_at steps type"),
		"preview-campaign":   all("lead_id"),
		"test-campaign-mail": all("lead_id variant_id"),
		// A program names the people it enrols; everybody who fits is a mass send,
		// which a person decides (DESIGN, law 6).
		"enrol-leads":    all("lead_ids").but(managers, "filter"),
		"undo-enrolment": all("batch_id"),

		"create-share":      all("currency days from timezone title to"),
		"acknowledge-alert": all("note"),
		"close-alert":       all("note"),
		"open-incident":     all("alert_ids note severity title"),
		"advance-incident":  all("note state"),
		"add-incident-note": all("text"),
		"isolate":           all("kind subject_id"),
		"release-isolation": all("isolation_id"),

		"reword-action": all("body subject"),
		"correct-reply": all("intent"),

		"create-view": all("default name search shared"), "update-view": all("default name search shared"),
		"create-webhook-endpoint": all("description events url"),
		"update-webhook-endpoint": all("description events state url"),
		"rotate-webhook-secret":   all("overlap_hours"),
		"create-inbound-webhook":  all("description provider"),

		"create-mailbox": all("connections daily_limit dkim from_address from_name imap rate_per_second reply_to smtp state"),
		"update-mailbox": all("connections daily_limit dkim from_address from_name imap rate_per_second reply_to smtp state"),
	}
}

// table is made once: every request asks it.
type table struct {
	operations map[string]rights
	denied     map[denial][]string
}

type denial struct {
	role      org.Role
	operation string
}

// Policy answers questions about the field policy.
type Policy struct{ table table }

// New reads the policy.
func New() Policy {
	t := table{operations: fieldPolicy(), denied: map[denial][]string{}}
	for operation, fields := range t.operations {
		for field, roles := range fields {
			for _, role := range auth.RolesOf(operation) {
				if roles != nil && !slices.Contains(roles, role) {
					key := denial{role, operation}
					t.denied[key] = append(t.denied[key], field)
					slices.Sort(t.denied[key])
				}
			}
		}
	}
	return Policy{t}
}

// Denied lists the fields of an operation that a role, which may do it, may not
// write: nearly always none.
func (f Policy) Denied(role org.Role, operation string) []string {
	return f.table.denied[denial{role, operation}]
}

// Roles lists who may write a field; known is false when the policy has no entry.
func (f Policy) Roles(operation, field string) (roles []org.Role, known bool) {
	narrow, known := f.table.operations[operation][field]
	if narrow == nil {
		narrow = auth.RolesOf(operation)
	}
	for _, role := range auth.RolesOf(operation) {
		if slices.Contains(narrow, role) {
			roles = append(roles, role)
		}
	}
	return roles, known
}

// Entries lists the fields that the policy has for each operation.
func (f Policy) Entries() map[string][]string {
	out := map[string][]string{}
	for operation, fields := range f.table.operations {
		out[operation] = []string{}
		for field := range fields {
			out[operation] = append(out[operation], field)
		}
		slices.Sort(out[operation])
	}
	return out
}
