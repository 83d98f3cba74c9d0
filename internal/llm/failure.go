package llm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"rainmaker/internal/platform/egress"
	"rainmaker/internal/platform/errs"
)

// Codes of failures, for programs and for the record in llm_calls.
const (
	CodeNotConfigured  = "llm_not_configured"
	CodeUnknownModel   = "llm_unknown_model"
	CodeBudget         = "llm_budget"
	CodeUnknownPrice   = "llm_unknown_price"
	CodePromptTooLarge = "llm_prompt_too_large"
	CodeRateLimited    = "llm_rate_limited"
	CodeVendorDown     = "llm_vendor_down"
	CodeUnreachable    = "llm_unreachable"
	CodeCredentials    = "llm_credentials"
	CodeRefused        = "llm_refused"
	CodeTimeout        = "llm_timeout"
	CodeTruncated      = "llm_truncated"
	CodeBadAnswer      = "llm_bad_answer"
	CodeAnswerTooLarge = "llm_answer_too_large"
)

// CodeOf returns the code of err, or "".
func CodeOf(err error) string {
	var e *errs.Error
	if errors.As(err, &e) {
		return e.Code
	}
	return ""
}

// StatusError is the failure a vendor told by an HTTP status. All vendors and
// the fake use it, so that a caller sees one behaviour. cause is logged, never
// shown; it must not hold the key.
func StatusError(vendor string, status int, retryAfter time.Duration, cause error) error {
	e := &errs.Error{Cause: cause, RetryAfter: retryAfter}
	switch {
	case status == http.StatusTooManyRequests:
		e.Kind, e.Code, e.Message = errs.Unavailable, CodeRateLimited, vendor+" asks to slow down"
	case status == http.StatusUnauthorized || status == http.StatusForbidden:
		e.Kind, e.Code, e.Message = errs.Conflict, CodeCredentials, vendor+" does not accept the configured key"
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusConflict:
		e.Kind, e.Code, e.Message = errs.Unavailable, CodeVendorDown, vendor+" has a failure of its own"
	default:
		e.Kind, e.Code, e.Message = errs.Invalid, CodeRefused, fmt.Sprintf("%s refused the request with status %d", vendor, status)
	}
	return e
}

// Broken is the failure of a stream that ended or broke before the model said
// that it had finished.
func Broken(vendor string, cause error) error {
	return &errs.Error{Kind: errs.Unavailable, Code: CodeTruncated, Message: vendor + " broke off the answer", Cause: cause}
}

// Unreachable is the failure of a request that got no answer at all.
func Unreachable(vendor string, cause error) error {
	return &errs.Error{Kind: errs.Unavailable, Code: CodeUnreachable, Message: vendor + " cannot be reached", Cause: cause}
}

// BadAnswer is the failure of an answer that breaks the protocol or its schema.
// Its cause is cut short, because it may quote the answer.
func BadAnswer(format string, args ...any) error {
	return &errs.Error{
		Kind: errs.Unavailable, Code: CodeBadAnswer,
		Message: "the model's answer could not be used", Cause: errors.New(oneLine(fmt.Sprintf(format, args...), 300)),
	}
}

// tooLarge is the failure of an answer beyond its bounds.
func tooLarge(what string) error {
	return &errs.Error{Kind: errs.TooLarge, Code: CodeAnswerTooLarge, Message: "the model's answer is too long: " + what}
}

// Classify turns an error of a vendor's client that is not an answer of the
// vendor's API into the port's failure: the caller's own cancellation, a
// redirect, a broken connection (before or after the answer began) or bytes
// that are not the protocol.
func Classify(ctx context.Context, vendor string, began bool, err error) error {
	var known *errs.Error
	var network net.Error
	var syntax *json.SyntaxError
	var wrongType *json.UnmarshalTypeError
	var request *url.Error
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("%s: %w", vendor, ctx.Err())
	case errors.As(err, &known):
		return known
	case errors.Is(err, egress.ErrTooLarge):
		return tooLarge("no end in sight")
	case errors.As(err, &syntax), errors.As(err, &wrongType):
		return BadAnswer("%v", err)
	case !began && errors.As(err, &request):
		return Unreachable(vendor, request.Err) // without the URL
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF), errors.As(err, &network):
		return Broken(vendor, err)
	}
	return BadAnswer("%v", err)
}

// Scrub makes a vendor's own words fit for a log: one short line without the
// key, which some vendors quote.
func Scrub(words, key string) error {
	if key != "" {
		words = strings.ReplaceAll(words, key, "[secret]")
	}
	return errors.New(oneLine(words, 300))
}

// ParseRetryAfter reads a Retry-After header: seconds, also fractions, or an
// HTTP date. Zero means none.
func ParseRetryAfter(header string, now time.Time) time.Duration {
	if header == "" {
		return 0
	}
	if s, err := strconv.ParseFloat(header, 64); err == nil {
		if !(s > 0) || s > 86_400 {
			return 0
		}
		return time.Duration(s * float64(time.Second))
	}
	if at, err := http.ParseTime(header); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// unbilled reports whether the vendor cannot have charged for the attempt: it
// refused before any work. Everything else that failed may have cost money.
func unbilled(err error) bool {
	switch CodeOf(err) {
	case CodeRateLimited, CodeVendorDown, CodeUnreachable, CodeCredentials, CodeRefused, CodePromptTooLarge:
		return true
	}
	return false
}

// cancelled reports whether err comes from the caller's own context.
func cancelled(ctx context.Context, err error) bool {
	return ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}
