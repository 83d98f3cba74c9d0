package bounce

import "strings"

// statusReasons maps the enhanced status codes of RFC 3463 and its registry to
// reasons, without their class. "x.y" stands for every detail of a subject that
// has no entry of its own. What merely says "other" (x.0.0, x.2.0, x.5.0, x.7.0,
// x.7.1) has none: the words must decide.
var statusReasons = map[string]Reason{
	"1.0": "", "1.1": UserUnknown, "1.2": HostUnknown, "1.3": UserUnknown, "1.4": UserUnknown, // bad or ambiguous address
	"1.6": HasMoved, "1.7": Rejected, "1.8": Rejected, "1.9": SystemError, "1.10": NotAccept, // RFC 7505: null MX
	"2.1": Suspend, "2.2": MailboxFull, "2.3": ExceedLimit, "2.4": Filtered,
	"3.1": SystemFull, "3.2": NotAccept, "3.3": SystemError, "3.4": MesgTooBig, "3.5": SystemError,
	"4.0": NetworkError, "4.1": Expired, "4.2": NetworkError, "4.3": SystemError, "4.4": HostUnknown,
	"4.5": SystemError, "4.6": NetworkError, "4.7": Expired,
	"5.1": SyntaxError, "5.2": SyntaxError, "5.3": SyntaxError, "5.4": SyntaxError, "5.5": SyntaxError, "5.6": SyntaxError,
	"6":   ContentError,
	"7.2": SecurityError, "7.3": SecurityError, "7.4": SecurityError, "7.5": SecurityError, "7.6": SecurityError, "7.7": SecurityError,
	"7.8": SecurityError, "7.9": SecurityError, "7.10": SecurityError, "7.11": SecurityError, "7.12": SecurityError, "7.13": Suspend, "7.14": SecurityError,
	"7.16": PolicyViolation, "7.17": UserUnknown, // RFC 7293: the mailbox changed hands
	"7.20": AuthFailure, "7.21": AuthFailure, "7.22": AuthFailure, "7.23": AuthFailure, "7.24": AuthFailure, "7.26": AuthFailure, // RFC 7372
	"7.25": RequirePTR, "7.27": NotAccept, // RFC 7372 3.3, RFC 7505 4.2 (sender has a null MX)
	"7.28": Speeding, "7.29": AuthFailure, "7.30": FailedSTARTTLS,
	// Exchange Online's own (Microsoft, "Email non-delivery reports").
	"1.90": Speeding, "2.121": Speeding, "2.122": Speeding, "4.310": HostUnknown, "4.312": NetworkError, "4.316": Expired,
	"7.57": SecurityError, "7.64": NoRelaying, "7.124": Rejected, "7.133": Rejected, "7.134": Rejected, "7.321": FailedSTARTTLS,
	"7.322": FailedSTARTTLS, "7.323": FailedSTARTTLS, "7.324": FailedSTARTTLS, "7.325": FailedSTARTTLS, "7.501": SpamDetected,
	"7.502": SpamDetected, "7.503": SpamDetected, "7.508": Speeding, "7.509": AuthFailure, "7.511": Blocked, "7.512": NotCompliantRFC,
	"7.606": Blocked, "7.649": Blocked, "7.650": BadReputation, "7.700": Speeding, "7.705": Speeding, "7.708": Blocked, "7.750": Rejected,
}

// reasonOfStatus looks an enhanced status code up.
func reasonOfStatus(status string) Reason {
	_, rest, ok := strings.Cut(status, ".")
	if !ok {
		return ""
	}
	if r, ok := statusReasons[rest]; ok {
		return r
	}
	subject, _, _ := strings.Cut(rest, ".")
	return statusReasons[subject]
}

// vague reports a status that says no more than its class.
func vague(status string) bool {
	return status == "" || strings.HasSuffix(status, ".0.0") || strings.HasSuffix(status, ".5.0")
}
