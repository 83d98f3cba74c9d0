// Package fuzz asks a running program thousands of things that its OpenAPI
// document allows, nearly allows and forbids, and judges every answer by that
// document: no 5xx, no status, content type or body that the document does not
// have, no end of the program, flat memory.
//
//	go test ./test/fuzz                                    3,000 requests to the handler, in the process
//	go test ./test/fuzz -fuzz.requests 50000               more of them
//	go test ./test/fuzz -fuzz.requests 50000 -fuzz.binary bin/rainmaker -timeout 30m
//	                                                       to a process of its own, with workers and a database
//	... -fuzz.seed 7                                       the same requests again
//
// The seed is printed. Requests depend on answers (ids that were seen are asked
// for again), so the same seed gives the same requests only for as long as the
// answers are the same.
//
// Files: fuzz.go (the loop and the judge), request.go (what is sent),
// value.go (good and bad values), fuzz_test.go (handler and program).
package fuzz

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"rainmaker/internal/api/apitest"
)

// Fuzzer is one run against one program.
type Fuzzer struct {
	Base     string // of the program, such as http://127.0.0.1:8080
	Document []byte // its OpenAPI document
	Seed     uint64
	// Example is a body that an operation takes, or nil to make one from its
	// schema.
	Example func(apitest.Operation) any
	// IDs are things to ask for, by path (/leads/{id}); what answers show joins
	// them.
	IDs map[string][]string

	rng     *rand.Rand
	doc     *apitest.Document
	judge   func(method, path string, status int, header http.Header, body []byte) error
	http    *http.Client
	access  string // of the admin who asks
	email   string
	took    []time.Duration
	answers map[int]int
	found   map[string]Finding // one of a kind
	count   map[string]int
}

// Finding is an answer that should not be.
type Finding struct {
	Number  int // of the request
	What    string
	Asked   string
	Answer  string
	Request string // its body, shortened
}

// Report is what a run came to.
type Report struct {
	Requests   int
	Operations int // that answered 2xx at least once
	Answers    map[int]int
	P99        time.Duration
	Findings   []Finding
}

// String is the report in lines.
func (r Report) String() string {
	var out strings.Builder
	fmt.Fprintf(&out, "%d requests, %d operations answered 2xx, p99 %v, answers by status:", r.Requests, r.Operations, r.P99.Round(time.Millisecond))
	for _, status := range slices.Sorted(maps.Keys(r.Answers)) {
		fmt.Fprintf(&out, " %d: %d", status, r.Answers[status])
	}
	for _, f := range r.Findings {
		fmt.Fprintf(&out, "\nrequest %d: %s\n  %s\n  sent: %.600s\n  got: %.600s", f.Number, f.What, f.Asked, f.Request, f.Answer)
	}
	return out.String()
}

// perOperation bounds a request; longer is a finding.
const perOperation = 30 * time.Second

// Start reads the document and signs up.
func (f *Fuzzer) Start() error {
	var err error
	if f.doc, err = apitest.ReadDocument(f.Document); err != nil {
		return err
	}
	if f.judge, err = apitest.Conform(f.Document); err != nil {
		return err
	}
	f.rng = rand.New(rand.NewPCG(f.Seed, f.Seed))
	f.http = &http.Client{
		Timeout:       perOperation,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport:     &http.Transport{MaxIdleConnsPerHost: 4, DisableCompression: true},
	}
	f.answers, f.found, f.count = map[int]int{}, map[string]Finding{}, map[string]int{}
	if f.IDs == nil {
		f.IDs = map[string][]string{}
	}
	return f.signUp()
}

// signUp makes a fresh organisation: at the start, and when a request has ended
// the session that asks (a password change, a removal, an isolation).
func (f *Fuzzer) signUp() error {
	f.email = apitest.Email()
	body, err := json.Marshal(apitest.M{"organization_name": "Fuzz", "name": "Fay", "email": f.email, "password": apitest.Password})
	if err != nil {
		return err
	}
	r, err := f.http.Post(f.Base+"/api/v1/auth/signup", "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer r.Body.Close()
	var signed struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(r.Body).Decode(&signed); err != nil || signed.AccessToken == "" {
		return fmt.Errorf("sign-up answers %d: %w", r.StatusCode, err)
	}
	f.access = signed.AccessToken
	return nil
}

// Run sends n requests.
func (f *Fuzzer) Run(n int) (Report, error) {
	good := map[string]bool{}
	for i := range n {
		q := f.request(i)
		start := time.Now()
		status, header, body, err := f.send(q)
		f.took = append(f.took, time.Since(start))
		if err != nil {
			if q.mayFail {
				continue
			}
			f.note(i, q, "no answer: "+err.Error(), status, body)
			if health := f.alive(); health != nil {
				return f.report(n, good), fmt.Errorf("request %d ended the program: %w", i, health)
			}
			continue
		}
		f.answers[status]++
		f.look(i, q, status, header, body)
		if status >= 200 && status < 300 && q.listed {
			good[q.op.ID] = true
			f.harvest(q.op, body)
		}
		if status == http.StatusUnauthorized && q.signedIn && !f.stillIn() {
			if err := f.signUp(); err != nil {
				return f.report(n, good), err
			}
		}
	}
	return f.report(n, good), nil
}

func (f *Fuzzer) report(n int, good map[string]bool) Report {
	r := Report{Requests: n, Operations: len(good), Answers: f.answers}
	slices.Sort(f.took)
	if len(f.took) > 0 {
		r.P99 = f.took[len(f.took)*99/100]
	}
	for _, key := range slices.Sorted(maps.Keys(f.found)) {
		finding := f.found[key]
		finding.What = fmt.Sprintf("%s (%d times)", finding.What, f.count[key])
		r.Findings = append(r.Findings, finding)
	}
	return r
}

// look judges an answer.
func (f *Fuzzer) look(i int, q request, status int, header http.Header, body []byte) {
	switch {
	case status >= http.StatusInternalServerError:
		f.note(i, q, fmt.Sprintf("%s answers %d", q.name(), status), status, body)
		return
	case status == http.StatusRequestHeaderFieldsTooLarge, q.raw && status == http.StatusBadRequest:
		return // net/http itself refused it, before any operation
	case status < http.StatusMultipleChoices && len(body) > 0 && header.Get("Content-Type") == "":
		f.note(i, q, q.name()+" answers without a content type", status, body)
		return
	}
	if !q.listed {
		if status < http.StatusMultipleChoices && q.method != http.MethodHead && q.method != http.MethodOptions {
			f.note(i, q, fmt.Sprintf("a method that is not listed answers %d", status), status, body)
		}
		return
	}
	if err := f.judge(q.op.Method, q.path, status, header, body); err != nil {
		f.note(i, q, fmt.Sprintf("%s: %d is not in the document: %.300s", q.name(), status, err), status, body)
	}
}

func (f *Fuzzer) note(i int, q request, what string, status int, answer []byte) {
	key := what
	if cut := strings.IndexByte(key, '\n'); cut > 0 {
		key = key[:cut]
	}
	f.count[key]++
	if _, known := f.found[key]; !known && len(f.found) < 50 {
		f.found[key] = Finding{i, what, q.String(), fmt.Sprintf("%d %s", status, answer), string(q.body)}
	}
}

// send sends a request and reads the answer whole.
func (f *Fuzzer) send(q request) (int, http.Header, []byte, error) {
	r, err := q.build(f.Base)
	if err != nil {
		return 0, nil, nil, err
	}
	answer, err := f.http.Do(r)
	if err != nil {
		return 0, nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, 32<<20))
	return answer.StatusCode, answer.Header, body, err
}

// alive asks whether the program is there at all.
func (f *Fuzzer) alive() error {
	r, err := f.http.Get(f.Base + "/healthz")
	if err != nil {
		return err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return errors.New(r.Status)
	}
	return nil
}

// stillIn reports whether the session that asks is good.
func (f *Fuzzer) stillIn() bool {
	r, err := http.NewRequest(http.MethodGet, f.Base+"/api/v1/auth/me", http.NoBody)
	if err != nil {
		return false
	}
	r.Header.Set("Authorization", "Bearer "+f.access)
	answer, err := f.http.Do(r)
	if err != nil {
		return false
	}
	defer answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

var uuid = regexp.MustCompile(`"id":"([0-9a-f]{8}-[0-9a-f-]{27})"`)

// keptIDs bounds the things of one path.
const keptIDs = 40

// harvest keeps the ids of an answer for later requests to the same resource.
func (f *Fuzzer) harvest(op apitest.Operation, body []byte) {
	parts := strings.Split(strings.Trim(op.Path, "/"), "/")
	if len(parts) == 0 {
		return
	}
	for _, candidate := range f.doc.Operations {
		for _, path := range candidate.PathParams() {
			if !strings.HasPrefix(path, "/"+parts[0]+"/") {
				continue
			}
			for _, match := range uuid.FindAllSubmatch(body, 5) {
				list := append(f.IDs[path], string(match[1]))
				if len(list) > keptIDs {
					list = list[len(list)-keptIDs:]
				}
				f.IDs[path] = list
			}
		}
	}
}
