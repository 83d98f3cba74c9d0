package api

import (
	"strconv"
	"strings"
)

// tagged is the answer of one object that has versions.
type tagged[T any] struct {
	ETag string `header:"ETag"`
	Body T
}

func withTag[T any](v T, version int) *tagged[T] {
	return &tagged[T]{ETag: etag(version), Body: v}
}

// etag is the entity tag of a version.
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// MatchHeader is the condition of a change; embed it.
type MatchHeader struct {
	IfMatch string `header:"If-Match" doc:"ETag of the version that the change is based on; 412 if there is a newer one."`
}

// want is the version that the client has seen, or nil when it does not care.
// A tag that is none of ours matches no version.
func (m MatchHeader) want() *int {
	tag := strings.TrimSpace(m.IfMatch)
	if tag == "" || tag == "*" {
		return nil
	}
	tag = strings.TrimPrefix(tag, "W/")
	version, err := strconv.Atoi(strings.Trim(tag, `"`))
	if err != nil {
		version = -1
	}
	return &version
}
