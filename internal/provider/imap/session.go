package imap

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/emersion/go-imap/v2"
	"github.com/emersion/go-imap/v2/imapclient"

	"rainmaker/internal/email/inbox"
)

// session is an inbox opened with EXAMINE.
type session struct {
	client *imapclient.Client
	at     inbox.Mark // behind the last mail, when it was opened; Next is 0 where the server does not say
	conn   *bounded
	stop   func() bool
}

// Start implements inbox.Session.
func (s *session) Start(_ context.Context, known inbox.Mark, since time.Time) (inbox.Mark, error) {
	if known.Validity == s.at.Validity && known.Validity != 0 {
		return known, nil
	}
	// Servers compare days, each in the zone in which it wrote the time down: the
	// day before is the first that surely is not too late.
	uids, err := s.search(&imap.SearchCriteria{Since: since.AddDate(0, 0, -1)}, 1, 1)
	if err != nil {
		return inbox.Mark{}, err
	}
	if len(uids) > 0 {
		return inbox.Mark{Validity: s.at.Validity, Next: uint32(uids[0])}, nil
	}
	return inbox.Mark{Validity: s.at.Validity, Next: max(s.at.Next, 1)}, nil
}

// Read implements inbox.Session.
func (s *session) Read(_ context.Context, from uint32, most int, each func(raw []byte) error) (next uint32, n int, err error) {
	from = max(from, 1)
	uids, err := s.search(&imap.SearchCriteria{UID: []imap.UIDSet{{{Start: imap.UID(from), Stop: 0}}}}, imap.UID(from), most)
	if err != nil {
		return from, 0, err
	}
	for _, uid := range uids {
		raw, err := s.fetch(uid)
		if err != nil {
			return from, n, err
		}
		if len(raw) > 0 { // else it was deleted meanwhile
			if err := each(raw); err != nil {
				return from, n, err
			}
		}
		n++
		from = uint32(uid) + 1
	}
	return from, n, nil
}

// search returns the lowest numbers from one on, as many as said. Ranges are
// walked, never spread out: a server may claim four billion mails.
func (s *session) search(criteria *imap.SearchCriteria, from imap.UID, most int) ([]imap.UID, error) {
	found, err := s.client.UIDSearch(criteria, nil).Wait()
	if err != nil {
		return nil, failed("read", said(err), err)
	}
	all, ok := found.All.(imap.UIDSet)
	if !ok {
		return nil, nil
	}
	var uids []imap.UID
	for _, part := range all { // in order: UIDSet keeps itself sorted
		for uid := max(part.Start, from); uid <= part.Stop && uid >= from && len(uids) < most; uid++ {
			uids = append(uids, uid)
		}
	}
	return uids, nil
}

// fetch returns the beginning of a mail, and nothing of one that is gone.
func (s *session) fetch(uid imap.UID) ([]byte, error) {
	s.conn.left.Add(inbox.MaxBytes)
	part := &imap.FetchItemBodySection{Peek: true, Partial: &imap.SectionPartial{Offset: 0, Size: inbox.MaxBytes}}
	command := s.client.Fetch(imap.UIDSetNum(uid), &imap.FetchOptions{UID: true, BodySection: []*imap.FetchItemBodySection{part}})
	var raw []byte
	var failure error
	for message := command.Next(); message != nil; message = command.Next() {
		for item := message.Next(); item != nil; item = message.Next() {
			if body, ok := item.(imapclient.FetchItemDataBodySection); ok && body.Literal != nil && raw == nil {
				raw, failure = io.ReadAll(io.LimitReader(body.Literal, inbox.MaxBytes))
			}
		}
	}
	if err := errors.Join(failure, command.Close()); err != nil {
		return nil, failed("read", said(err), err)
	}
	return raw, nil
}

// Close says good-bye and does not wait for an answer.
func (s *session) Close() error {
	s.stop()
	s.client.Logout()
	_ = s.client.Close() // what was read was read
	return nil
}
