package compliance

import (
	"net/mail"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/nyaruka/phonenumbers"
	"golang.org/x/net/idna"

	"rainmaker/internal/platform/errs"
)

// The kinds of address that can be suppressed and indexed blindly. They are the
// kinds given to secret.Keys.Blind everywhere.
const (
	KindEmail       = "email"
	KindEmailDomain = "email_domain"
	KindPhone       = "phone"
)

// maxEmail is the longest address that fits a path: RFC 5321 4.5.3.1.3.
const maxEmail = 254

// NormalEmail returns the form under which an address is stored, indexed and
// suppressed: trimmed, lower-case, the domain in ASCII. It accepts what a
// person may type or export ("Ann <ANN@Example.COM>", "mailto:ann@example.com")
// and refuses what cannot receive mail. Plus-tags and dots are kept: they are
// different mailboxes at most providers.
func NormalEmail(s string) (string, error) {
	s = strings.TrimSpace(s)
	if scheme := "mailto:"; len(s) > len(scheme) && strings.EqualFold(s[:len(scheme)], scheme) {
		s = s[len(scheme):]
	}
	if strings.ContainsAny(s, "<>\"") {
		parsed, err := mail.ParseAddress(s)
		if err != nil {
			return "", errs.New(errs.Invalid, "not an e-mail address")
		}
		s = parsed.Address
	}
	at := strings.LastIndexByte(s, '@')
	if at <= 0 || at == len(s)-1 || len(s) > maxEmail || at > 64 || !utf8.ValidString(s) {
		return "", errs.New(errs.Invalid, "not an e-mail address")
	}
	local, domain := strings.ToLower(s[:at]), strings.TrimSuffix(s[at+1:], ".")
	if !validLocal(local) {
		return "", errs.New(errs.Invalid, "not an e-mail address")
	}
	domain, err := normalDomain(domain)
	if err != nil {
		return "", err
	}
	if len(local)+1+len(domain) > maxEmail { // once more: ASCII is longer
		return "", errs.New(errs.Invalid, "not an e-mail address")
	}
	return local + "@" + domain, nil
}

// EmailDomain returns the domain of a normal address.
func EmailDomain(normal string) string {
	return normal[strings.LastIndexByte(normal, '@')+1:]
}

// validLocal accepts the dot-atom of RFC 5322 and letters of RFC 6531. Quoted
// local parts are refused: no real mailbox of a business lead has one, and they
// are the classic vehicle of header injection.
func validLocal(local string) bool {
	if strings.HasPrefix(local, ".") || strings.HasSuffix(local, ".") || strings.Contains(local, "..") {
		return false
	}
	for _, r := range local {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r):
		case r > unicode.MaxASCII && (unicode.IsLetter(r) || unicode.IsDigit(r)):
		default:
			return false
		}
	}
	return true
}

// normalDomain returns the domain in lower-case ASCII; only other scripts need
// the tables of IDNA.
func normalDomain(domain string) (string, error) {
	bad := errs.New(errs.Invalid, "not an e-mail address: the domain is malformed")
	domain = strings.ToLower(domain)
	for i := range len(domain) {
		if domain[i] >= utf8.RuneSelf {
			ascii, err := idna.Lookup.ToASCII(domain)
			if err != nil {
				return "", bad
			}
			domain = ascii
			break
		}
	}
	labels := strings.Split(domain, ".")
	if len(labels) < 2 || len(domain) > 253 {
		return "", bad
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", bad
		}
		for i := range len(label) {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
				return "", bad
			}
		}
	}
	if last := labels[len(labels)-1]; len(last) < 2 || last[0] >= '0' && last[0] <= '9' {
		return "", bad
	}
	return domain, nil
}

// NormalPhone returns the number in E.164 form; region (such as "US") reads
// numbers without a country code. Extensions are dropped: they cannot be
// dialled by a program.
func NormalPhone(s, region string) (string, error) {
	if normal, ok := fastNANP(s, region); ok {
		return normal, nil
	}
	number, err := phonenumbers.Parse(s, region)
	if err != nil || !phonenumbers.IsValidNumber(number) {
		return "", errs.New(errs.Invalid, "not a telephone number")
	}
	return phonenumbers.Format(number, phonenumbers.E164), nil
}

// fastNANP reads plainly written ten-digit US numbers without the number plan's
// regular expressions, which cost 100 times as much and matter in imports of
// millions. What it is not sure of goes the long way.
func fastNANP(s, region string) (string, bool) {
	if region != "US" {
		return "", false
	}
	var digits [11]byte
	n, plus := 0, false
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= '0' && c <= '9':
			if n == len(digits) {
				return "", false
			}
			digits[n] = c
			n++
		case c == '+' && n == 0 && !plus:
			plus = true
		case (c == ' ' || c == '-' || c == '.' || c == '(' || c == ')') && (n > 0 || !plus):
		default:
			return "", false
		}
	}
	d := digits[:n]
	if n == 11 && d[0] == '1' {
		d = d[1:]
	} else if n != 10 || plus {
		return "", false
	}
	if d[3] < '2' || d[3] == '5' && d[4] == '5' && d[5] == '5' || d[4] == '1' && d[5] == '1' {
		return "", false
	}
	if !plannedNANP()[int(d[0]-'0')*1000+int(d[1]-'0')*100+int(d[2]-'0')*10+int(d[3]-'0')] {
		return "", false
	}
	return "+1" + string(d), true
}

// plannedNANP asks the number plan once for every area code and first digit of
// an exchange: deeper digits do not decide validity in the United States and
// Canada, except in the ranges that fastNANP leaves out. The islands have plans
// of their own.
var plannedNANP = sync.OnceValue(func() *[10000]bool {
	var planned [10000]bool
	for prefix := 2002; prefix < 10000; prefix++ {
		if prefix%10 < 2 {
			continue
		}
		text := strconv.Itoa(prefix)
		number, err := phonenumbers.Parse("+1"+text+"342345", "US")
		if err != nil || !phonenumbers.IsValidNumber(number) {
			continue
		}
		region := phonenumbers.GetRegionCodeForNumber(number)
		planned[prefix] = region == "US" || region == "CA"
	}
	return &planned
})
