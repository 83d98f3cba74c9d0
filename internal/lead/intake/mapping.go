package intake

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/compliance"
	"rainmaker/internal/lead/custom"
	"rainmaker/internal/lead/plain"
	"rainmaker/internal/platform/errs"
)

// The fields that a column of a file can fill; customPrefix and a key is
// another, and skipped is none.
const (
	fieldEmail     = "email"
	fieldPhone     = "phone"
	fieldFirstName = "first_name"
	fieldLastName  = "last_name"
	fieldFullName  = "full_name" // taken apart into first and last
	fieldCompany   = "company"
	fieldTitle     = "title"
	fieldRegion    = "region"
	fieldTimezone  = "timezone"
	fieldSource    = "source"
	fieldTags      = "tags"
	fieldExternal  = "external_id"
	fieldNoEmail   = "do_not_email" // yes suppresses the address
	fieldNoCall    = "do_not_call"  // yes suppresses the number
	customPrefix   = "custom."
	skipped        = "skip"
)

// fields in the order in which automatic mapping serves them: the surest first.
func fields() []string {
	return []string{
		fieldEmail, fieldPhone, fieldFirstName, fieldLastName, fieldCompany, fieldFullName, fieldTitle,
		fieldExternal, fieldTimezone, fieldRegion, fieldSource, fieldTags, fieldNoEmail, fieldNoCall,
	}
}

// synonyms are the headers of real exports (HubSpot, Salesforce, Pipedrive,
// LinkedIn, Apollo, Mailchimp, Google and Outlook contacts, and by hand), as
// snake_case; the first of a field is the most telling.
func synonyms(field string) []string {
	switch field {
	case fieldEmail:
		return []string{
			"email", "e_mail", "email_address", "e_mail_address", "mail", "work_email", "business_email", "primary_email",
			"contact_email", "email_1", "e_mail_1_value", "person_email_work", "emailaddress", "correo", "courriel", "e_mail_adresse", "email_id",
		}
	case fieldPhone:
		return []string{
			"phone", "phone_number", "telephone", "mobile", "mobile_phone", "cell", "cell_phone", "work_phone", "business_phone",
			"phone_1_value", "tel", "telephone_number", "contact_number", "primary_phone", "direct_phone", "mobile_number", "phonenumber",
			"person_phone_work", "telefon", "telefono", "contact_no", "phone_no", "corporate_phone", "work_direct_phone",
		}
	case fieldFirstName:
		return []string{"first_name", "firstname", "first", "given_name", "forename", "fname", "vorname", "prenom", "nombre", "contact_first_name"}
	case fieldLastName:
		return []string{"last_name", "lastname", "last", "surname", "family_name", "lname", "nachname", "nom", "apellido", "apellidos", "contact_last_name"}
	case fieldFullName:
		return []string{
			"full_name", "name", "fullname", "contact_name", "person_name", "contact", "lead_name", "customer_name", "client_name",
			"contact_person", "person", "customer", "client", "display_name", "lead",
		}
	case fieldCompany:
		return []string{
			"company", "company_name", "organization", "organisation", "account", "account_name", "organization_name", "employer",
			"business", "business_name", "firm", "firma", "associated_company", "company_account", "person_organization", "site_name",
			"school_name", "facility_name", "current_company", "empresa", "societe", "unternehmen", "organization_1_name",
		}
	case fieldTitle:
		return []string{"title", "job_title", "jobtitle", "position", "role", "job", "designation", "job_role", "current_title", "organization_1_title"}
	case fieldRegion:
		return []string{
			"state", "region", "state_region", "province", "state_province", "state_code", "country", "country_region", "county",
			"location", "person_state", "business_state", "office_location", "country_code", "mailing_state", "regional_office",
		}
	case fieldTimezone:
		return []string{"timezone", "time_zone", "tz", "iana_timezone"}
	case fieldSource:
		return []string{"source", "lead_source", "original_source", "utm_source", "lead_origin", "origin", "acquisition_source"}
	case fieldTags:
		return []string{"tags", "tag", "labels", "label", "segments", "groups", "group_membership", "lists"}
	case fieldNoEmail:
		return []string{
			"do_not_email", "email_opt_out", "unsubscribed", "opted_out", "opt_out", "email_opted_out", "hs_email_optout",
			"unsubscribed_from_all_email", "has_opted_out_of_email", "donotemail", "opted_out_of_email",
		}
	case fieldNoCall:
		return []string{"do_not_call", "dnc", "donotcall", "call_opt_out", "do_not_phone"}
	case fieldExternal:
		return []string{
			"external_id", "prospect_id", "contact_id", "lead_id", "person_id", "customer_id", "record_id", "record_id_contact",
			"user_id", "crm_id", "opportunity_id", "account_id", "id", "lead_number", "contact_number_id", "uuid", "guid", "member_id", "client_id",
		}
	}
	return nil
}

// Column is what was found out about one column of a file.
type Column struct {
	Name    string   `json:"name"`
	Field   string   `json:"field"`
	Filled  int      `json:"filled"` // rows that have a value
	Sample  []string `json:"-"`
	Because string   `json:"because"` // header, values, header and values, given, nothing
	unique  bool
}

// shape counts what the sample values of a column look like, as shares.
type shape struct {
	email, phone, formatted, number, words, company, salutation, zone, date float64
	n                                                                       int
}

// The patterns are compiled once a file, not once a process: nothing global.
type patterns struct {
	phone, number, date, company *regexp.Regexp
}

func newPatterns() patterns {
	return patterns{
		phone:   regexp.MustCompile(`^\+?[\d\s().\-/x#*]{7,30}$|^\+?[\d\s().\-/]{7,20}\s*(ext|x|#)\.?\s*\d{1,6}$`),
		number:  regexp.MustCompile(`^-?[\d.,%$€£ ]+$`),
		date:    regexp.MustCompile(`^\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}([ T].*)?$`),
		company: regexp.MustCompile(`(?i)\b(inc|llc|ltd|limited|corp|corporation|gmbh|ag|plc|co|company|n\.? ?v|b\.? ?v|s\.?a|s\.?r\.?l|oy|ab|holdings?|group|technologies|systems|industries|electronics|university|school|center|foundation)\b`),
	}
}

// words of a column that speaks of an address but is none.
var notAnAddress = []string{
	"do_not", "dont", "opt", "unsubscribe", "opened", "clicked", "count", "status", "last", "bounce", "verified", "confidence",
	"type", "domain", "subject", "sent", "date", "country_code", "fax", "consent", "id_", "label", "source", "provider", "ext",
}

func look(p patterns, sample []string) shape {
	var s shape
	for _, v := range sample {
		v = strings.TrimSpace(v)
		s.n++
		if strings.Contains(v, "@") {
			if _, err := compliance.NormalEmail(v); err == nil {
				s.email++
				continue
			}
		}
		switch lower := strings.ToLower(strings.TrimSuffix(v, ".")); lower {
		case "mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "mme", "m":
			s.salutation++
		}
		if p.date.MatchString(v) {
			s.date++
			continue
		}
		if n := plain.Digits(v); n >= 7 && n <= 17 && p.phone.MatchString(v) {
			s.phone++
			if n != len(v) {
				s.formatted++ // written as people write numbers, not as databases do
			}
		}
		if p.number.MatchString(v) {
			s.number++
			continue
		}
		if p.company.MatchString(v) {
			s.company++
		}
		if strings.Contains(v, "/") {
			if _, err := time.LoadLocation(v); err == nil {
				s.zone++
			}
		}
		if !strings.ContainsAny(v, "0123456789@:/_") && len(v) <= 80 {
			s.words++
		}
	}
	if s.n > 0 {
		n := float64(s.n)
		for _, f := range []*float64{&s.email, &s.phone, &s.formatted, &s.number, &s.words, &s.company, &s.salutation, &s.zone, &s.date} {
			*f /= n
		}
	}
	return s
}

// headerScore says how much a header speaks for a field, 0 to 100.
func headerScore(field, header string) int {
	name := plain.Snake(header)
	list := synonyms(field)
	for i, synonym := range list {
		if name == synonym {
			return 100 - i
		}
	}
	if field == fieldEmail || field == fieldPhone {
		for _, word := range notAnAddress {
			if strings.Contains(name, word) {
				return 0
			}
		}
		stems := []string{"email", "e_mail"}
		if field == fieldPhone {
			stems = []string{"phone", "mobile", "telephone"}
		}
		for _, stem := range stems {
			if strings.Contains(name, stem) && len(name) <= len(stem)+20 {
				return 60
			}
		}
	}
	// A longer header that ends in a telling one: "Billing Contact First Name".
	for _, synonym := range list {
		if len(synonym) >= 8 && strings.HasSuffix(name, "_"+synonym) && len(name) <= len(synonym)+24 {
			return 55
		}
	}
	if known(name) {
		return 0 // no typing error: another field's header
	}
	for _, synonym := range list {
		if n := len(synonym); n >= 5 && near(name, synonym, 1+n/10) {
			return 50 // a typing error
		}
	}
	return 0
}

// known reports whether a header means some field as it stands.
func known(name string) bool {
	return slices.ContainsFunc(fields(), func(field string) bool { return slices.Contains(synonyms(field), name) })
}

// near reports whether a and b differ by at most limit edits (Damerau without
// overlapping swaps).
func near(a, b string, limit int) bool {
	if a == b {
		return true
	}
	if d := len(a) - len(b); d > limit || -d > limit || len(a) > 64 {
		return false
	}
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)] <= limit
}

// fit says how much header and values together speak for a field. Values beat
// headers: in real files columns slip.
func fit(field string, c *Column, s shape) (points int, because string) {
	header := headerScore(field, c.Name)
	filled := s.n >= 3
	switch field {
	case fieldEmail:
		switch {
		case s.email >= 0.5:
			return header + 100 + int(100*s.email), because2(header, "values")
		case filled && s.email < 0.2:
			return 0, ""
		}
	case fieldPhone:
		switch {
		case header > 0 && (s.phone >= 0.4 || !filled):
			return header + int(50*s.phone), because2(header, "values")
		case header == 0 && s.formatted >= 0.8 && filled && !strings.Contains(plain.Snake(c.Name), "fax") && headerScore(fieldExternal, c.Name) == 0 && !strings.HasSuffix(plain.Snake(c.Name), "id"):
			return 45, "values"
		}
		return 0, ""
	case fieldFirstName, fieldLastName, fieldFullName:
		if filled && s.words < 0.5 {
			return 0, ""
		}
		if field == fieldFullName && s.company >= 0.25 {
			return 0, ""
		}
	case fieldCompany:
		if filled && (s.number > 0.5 || s.email > 0.3 || s.date > 0.3) {
			return 0, ""
		}
		if full := headerScore(fieldFullName, c.Name); header == 0 && full > 0 && s.company >= 0.25 {
			return full/2 + 20, "header and values"
		}
	case fieldTitle:
		if s.salutation > 0.5 || filled && s.words < 0.4 {
			return 0, ""
		}
	case fieldTimezone:
		if filled && s.zone < 0.5 {
			return 0, ""
		}
	case fieldRegion:
		if filled && (s.number > 0.5 || s.email > 0.1) {
			return 0, ""
		}
	case fieldNoEmail, fieldNoCall:
		if headerScore(field, c.Name) < 60 {
			return 0, "" // nobody is suppressed by a typing error
		}
	case fieldExternal:
		if !c.unique || s.email > 0.3 || s.date > 0.5 {
			return 0, ""
		}
		if header == 0 && (strings.HasSuffix(plain.Snake(c.Name), "_id") || strings.HasSuffix(plain.Snake(c.Name), "_number")) {
			return 30, "header and values"
		}
	}
	if header == 0 {
		return 0, ""
	}
	return header, "header"
}

func because2(header int, second string) string {
	if header > 0 {
		return "header and " + second
	}
	return second
}

// assign gives every column without a field one: fields by their best column,
// the rest as custom fields.
func assign(columns []Column) {
	p := newPatterns()
	taken := map[string]bool{}
	shapes := make([]shape, len(columns))
	for i := range columns {
		if columns[i].Field != "" {
			taken[columns[i].Field] = true
			continue
		}
		shapes[i] = look(p, columns[i].Sample)
	}
	// A first or last name of its own makes a full name needless.
	for _, field := range fields() {
		if taken[field] || field == fieldFullName && taken[fieldLastName] && taken[fieldFirstName] {
			continue
		}
		best, most, why := -1, 0, ""
		for i := range columns {
			if columns[i].Field != "" {
				continue
			}
			if points, because := fit(field, &columns[i], shapes[i]); points > most {
				best, most, why = i, points, because
			}
		}
		if best >= 0 {
			columns[best].Field, columns[best].Because = field, why
			taken[field] = true
		}
	}
	used := map[string]bool{}
	for i := range columns {
		used[columns[i].Field] = true
	}
	for i := range columns {
		if columns[i].Field != "" {
			continue
		}
		if columns[i].Filled == 0 {
			columns[i].Field, columns[i].Because = skipped, "empty"
			continue
		}
		columns[i].Field, columns[i].Because = customField(columns[i].Name, used), "nothing"
	}
}

// customField returns a free custom field for a header.
func customField(header string, used map[string]bool) string {
	base := plain.Cut(plain.Snake(header), custom.MaxKey-4)
	if base == "" {
		base = "column"
	}
	field := customPrefix + base
	for n := 2; used[field]; n++ {
		field = customPrefix + base + "_" + strconv.Itoa(n)
	}
	used[field] = true
	return field
}

// ParseMapping reads a mapping given by a person: column -> field. null, "" and
// "skip" leave a column out.
func ParseMapping(raw []byte) (map[string]string, error) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, nil //nolint:nilnil // no mapping means find one
	}
	var given map[string]*string
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, errs.InvalidField("body.mapping", "must be a JSON object from column to field")
	}
	out := make(map[string]string, len(given))
	for column, field := range given {
		if field == nil || *field == "" {
			out[column] = skipped
			continue
		}
		out[column] = *field
	}
	return out, nil
}

// applyMapping sets the given fields on the columns of a file and refuses what does
// not fit.
func applyMapping(columns []Column, given map[string]string) error {
	byField := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		field := given[name]
		at := "body.mapping." + name
		i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == name })
		if i < 0 {
			i = slices.IndexFunc(columns, func(c Column) bool { return strings.EqualFold(strings.TrimSpace(c.Name), strings.TrimSpace(name)) })
		}
		if i < 0 {
			return errs.InvalidField(at, "the file has no such column; it has %s", columnNames(columns))
		}
		if err := checkField(at, field); err != nil {
			return err
		}
		if other, taken := byField[field]; taken && field != skipped {
			return errs.InvalidField(at, "%s is already taken from column %q", field, other)
		}
		byField[field] = name
		columns[i].Field, columns[i].Because = field, "given"
	}
	return nil
}

func checkField(at, field string) error {
	if field == skipped || slices.Contains(fields(), field) {
		return nil
	}
	if key, ok := strings.CutPrefix(field, customPrefix); ok && key != "" && len(key) <= custom.MaxKey && plain.Line(key) == key {
		return nil
	}
	return errs.InvalidField(at, "%q is not a field; there are %s, custom.<name> and skip", plain.Cut(field, 40), strings.Join(fields(), ", "))
}

// identifies reports whether the mapped columns can tell people apart.
func identifies(columns []Column) bool {
	return slices.ContainsFunc(columns, func(c Column) bool {
		switch c.Field {
		case fieldEmail, fieldPhone, fieldFirstName, fieldLastName, fieldFullName, fieldCompany, fieldExternal:
			return true
		}
		return false
	})
}

func columnNames(columns []Column) string {
	var quoted []string
	for i, c := range columns {
		if i == 20 {
			quoted = append(quoted, "...")
			break
		}
		quoted = append(quoted, `"`+plain.Cut(c.Name, 40)+`"`)
	}
	return strings.Join(quoted, ", ")
}
