package api

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"math"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rainmaker/internal/auth"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/limit"
)

// Of one identity, and of one network address before sign-in: generous, they
// stop accidents and floods, not work.
const (
	defaultRate  = 50
	defaultBurst = 200
	// orgTimes is how much of an identity's rate a whole organisation has, and a
	// block of network addresses of one address's, where nothing else is set.
	orgTimes = 4
	// accountRate and accountBurst bound how often one account is named in
	// sign-ins, good ones too; failed ones are slowed down much earlier (auth).
	accountRate  = 1
	accountBurst = 60
)

// costs are what operations take that cost more than a look or a row. The rest
// takes 1.
func costs() map[string]int {
	return map[string]int{
		"signup": 4, "login": 2, "accept-invitation": 2, // a password hash each: 60 ms of CPU
		"import-leads": 5, "export-leads": 5, "bulk-leads": 5, "undo-import": 5,
		"launch-campaign": 5, "preflight-campaign": 5, "enrol-leads": 5, "undo-enrolment": 5, "preview-campaign": 2,
		"generate-content": 10, "query-analytics": 2, "test-mailbox": 5, "test-webhook-endpoint": 5,
	}
}

// costOf finds the cost of an operation that the table does not name by what it
// is about, so that a new export is not free by oversight.
func costOf(op *huma.Operation) int {
	if cost, ok := costs()[op.OperationID]; ok {
		return cost
	}
	for _, word := range []string{"import", "export", "bulk", "backup"} {
		if !reading(op) && strings.Contains(op.OperationID, word) || strings.HasPrefix(op.OperationID, word) {
			return 20
		}
	}
	for _, word := range []string{"generate-", "draft-", "rewrite-", "suggest-", "run-"} {
		if strings.HasPrefix(op.OperationID, word) {
			return 10
		}
	}
	return 1
}

func (a *API) identityRate() limit.Rate {
	return limit.Rate{PerSecond: float64(a.Config.RatePerSecond), Burst: a.Config.RateBurst}
}

// limitAddress takes from the network address a request comes from, and from the
// block around it: a network of its own is cheap to have.
func (a *API) limitAddress(ctx context.Context, h http.Header, r *http.Request, cost int) error {
	rate := a.identityRate()
	block := limit.Rate{PerSecond: rate.PerSecond * orgTimes, Burst: rate.Burst * orgTimes}
	address, around := networkOf(a.clientAddr(r))
	// The braces keep both on one node of a Redis cluster.
	return a.take(ctx, h,
		limit.Ask{Bucket: "address:{" + around + "}" + address, Rate: rate, Cost: cost},
		limit.Ask{Bucket: "block:{" + around + "}", Rate: block, Cost: cost})
}

// limitIdentity takes from the organisation and from the user or key.
func (a *API) limitIdentity(ctx context.Context, h http.Header, who auth.Identity, cost int) error {
	rate := a.identityRate()
	if who.RateLimit > 0 {
		rate = limit.Rate{PerSecond: float64(who.RateLimit), Burst: who.RateLimit * 2}
	}
	tenant := who.Org.String()
	return a.take(ctx, h,
		limit.Ask{Bucket: "org:{" + tenant + "}", Rate: limit.Rate{PerSecond: float64(a.Config.OrgRatePerSecond), Burst: a.Config.OrgRateBurst}, Cost: cost},
		limit.Ask{Bucket: "identity:{" + tenant + "}" + string(who.Actor()), Rate: rate, Cost: cost})
}

// limitAccount takes from the account that a public operation names, however
// its address is written and wherever the request comes from. Whether there is
// such an account makes no difference.
func (a *API) limitAccount(ctx context.Context, email string) error {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(email))))
	return a.take(ctx, nil, limit.Ask{
		Bucket: "account:" + base64.RawURLEncoding.EncodeToString(sum[:18]), Rate: limit.Rate{PerSecond: accountRate, Burst: accountBurst},
	})
}

// accountIn finds the field Body.Email of the inputs of public operations; nil
// when there is none.
func accountIn[I any](op *huma.Operation) func(in *I) string {
	if !auth.Public(op.OperationID) {
		return nil
	}
	body, ok := reflect.TypeFor[I]().FieldByName("Body")
	if !ok || body.Type.Kind() != reflect.Struct {
		return nil
	}
	email, ok := body.Type.FieldByName("Email")
	if !ok || email.Type.Kind() != reflect.String {
		return nil
	}
	return func(in *I) string {
		return reflect.ValueOf(in).Elem().FieldByIndex(body.Index).FieldByIndex(email.Index).String()
	}
}

// take takes the tokens and writes the RateLimit headers of the tightest bucket
// (draft-ietf-httpapi-ratelimit-headers-03). Without tokens it returns the error
// to answer. h may be nil.
func (a *API) take(ctx context.Context, h http.Header, asks ...limit.Ask) error {
	got := a.limits.Take(ctx, asks...)
	if h != nil {
		h.Set("RateLimit-Limit", strconv.Itoa(got.Rate.Burst))
		h.Set("RateLimit-Remaining", strconv.Itoa(got.Remaining))
		h.Set("RateLimit-Reset", strconv.Itoa(int(math.Ceil(got.Reset.Seconds()))))
	}
	if got.Allowed {
		return nil
	}
	return &errs.Error{Kind: errs.LimitExceeded, Message: "too many requests", RetryAfter: max(got.RetryAfter, time.Second)}
}
