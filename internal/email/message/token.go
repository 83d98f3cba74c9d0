package message

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/base64"
	"errors"
	"hash"
	"strings"
	"sync"

	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// Kind is the purpose of a token. A token of one kind is worth nothing as
// another.
type Kind byte

// The kinds. A click token also names the link; its destination is stored, not
// carried, so there is nothing to redirect to but what the sender wrote.
const (
	KindOpen        Kind = 'o'
	KindClick       Kind = 'c'
	KindUnsubscribe Kind = 'u'
	kindBounce      Kind = 'b'
)

const (
	keySize    = 32
	idSize     = 16
	macSize    = 16
	bounceTag  = 6 // 48 bits: a guess costs an SMTP dialogue and finds nothing
	plainSize  = 1 + 2*idSize
	bounceMark = "+b-"
	// tokenContext separates these MACs from any other use of the key.
	tokenContext = "rainmaker/mail-token/v1\x00"
)

// Signer makes and checks the tokens in links and bounce addresses: HMAC-SHA256
// over a fixed binary layout, no parser, no algorithm to choose. It is safe for
// concurrent use.
type Signer struct {
	macs   sync.Pool        // of hash.Hash: an HMAC keeps its key state across Reset
	bounce *base32.Encoding // of return paths
}

// Claim is what a valid token says.
type Claim struct {
	Org    id.ID
	Action id.ID
	Link   id.ID // of a click, else Nil
}

// NewSigner makes a signer from a secret of 32 bytes. All processes of an
// installation share it; changing it kills the links of mails already sent.
func NewSigner(key []byte) (*Signer, error) {
	if len(key) != keySize {
		return nil, errors.New("message: the token key must have 32 bytes")
	}
	key = append([]byte(nil), key...)
	return &Signer{
		macs:   sync.Pool{New: func() any { return hmac.New(sha256.New, key) }},
		bounce: base32.StdEncoding.WithPadding(base32.NoPadding),
	}, nil
}

// mac appends the full MAC of data to dst.
func (s *Signer) mac(dst []byte, data ...[]byte) []byte {
	h := s.macs.Get().(hash.Hash)
	h.Reset()
	h.Write([]byte(tokenContext))
	for _, d := range data {
		h.Write(d)
	}
	dst = h.Sum(dst)
	s.macs.Put(h)
	return dst
}

// Sign returns a token of 66 URL-safe characters, 87 for a click. link is
// ignored unless kind is KindClick.
func (s *Signer) Sign(kind Kind, org, action, link id.ID) string {
	var buf [plainSize + idSize + sha256.Size]byte
	b := append(buf[:0], byte(kind))
	b = append(b, org[:]...)
	b = append(b, action[:]...)
	if kind == KindClick {
		b = append(b, link[:]...)
	}
	size := len(b)
	b = s.mac(b, b)[:size+macSize]
	var text [base64Max]byte
	base64.RawURLEncoding.Encode(text[:], b)
	return string(text[:base64.RawURLEncoding.EncodedLen(len(b))])
}

const base64Max = (plainSize + idSize + macSize + 2) / 3 * 4

// Verify checks a token of the kind. Every failure is the same errs.NotFound,
// whatever was wrong with it.
func (s *Signer) Verify(kind Kind, token string) (Claim, error) {
	size := plainSize
	if kind == KindClick {
		size += idSize
	}
	if len(token) != base64.RawURLEncoding.EncodedLen(size+macSize) {
		return Claim{}, errToken()
	}
	var buf [base64Max]byte
	// Strict refuses a second spelling of the same bytes; line ends, which the
	// decoder skips, make the result too short.
	n, err := base64.RawURLEncoding.Strict().Decode(buf[:], []byte(token))
	if err != nil || n != size+macSize || buf[0] != byte(kind) {
		return Claim{}, errToken()
	}
	var sum [sha256.Size]byte
	if !hmac.Equal(s.mac(sum[:0], buf[:size])[:macSize], buf[size:n]) {
		return Claim{}, errToken()
	}
	claim := Claim{Org: id.ID(buf[1:17]), Action: id.ID(buf[17:33])}
	if kind == KindClick {
		claim.Link = id.ID(buf[33:49])
	}
	return claim, nil
}

func errToken() error { return errs.New(errs.NotFound, "no such page") }

// ReturnPath returns the envelope sender of an action's mail,
// local+b-token@domain: a bounce that quotes nothing of the mail still finds
// its action. The token survives MTAs that fold case. Where the local part
// would pass the 64 octets of RFC 5321 4.5.3.1.1 (more than 25 before the
// plus), the address itself is returned and the bounce is matched by its
// Message-ID.
//
// The organisation is not in it, there is no room: the MAC binds the action to
// the sending address, and the caller looks the action up among the
// organisations that own that address.
func (s *Signer) ReturnPath(from string, action id.ID) string {
	at := strings.LastIndexByte(from, '@')
	if at < 0 || at+len(bounceMark)+s.bounce.EncodedLen(idSize+bounceTag) > maxLocal {
		return from
	}
	var buf [idSize + sha256.Size]byte
	b := append(buf[:0], action[:]...)
	b = s.bounceSum(b, from, action)[:idSize+bounceTag]
	return from[:at] + bounceMark + strings.ToLower(s.bounce.EncodeToString(b)) + from[at:]
}

// ParseReturnPath reads an address made by ReturnPath: the sending address in
// lower case and the action. ok is false for all other addresses.
func (s *Signer) ParseReturnPath(address string) (from string, action id.ID, ok bool) {
	address = strings.ToLower(address)
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return "", id.Nil, false
	}
	mark := strings.LastIndex(address[:at], bounceMark)
	if mark <= 0 {
		return "", id.Nil, false
	}
	token := address[mark+len(bounceMark) : at]
	if len(token) != s.bounce.EncodedLen(idSize+bounceTag) {
		return "", id.Nil, false
	}
	b, err := s.bounce.DecodeString(strings.ToUpper(token))
	if err != nil || len(b) != idSize+bounceTag ||
		!strings.EqualFold(s.bounce.EncodeToString(b), token) { // one spelling only
		return "", id.Nil, false
	}
	from = address[:mark] + address[at:]
	action = id.ID(b[:idSize])
	if !hmac.Equal(s.bounceSum(nil, from, action)[:bounceTag], b[idSize:]) {
		return "", id.Nil, false
	}
	return from, action, true
}

func (s *Signer) bounceSum(dst []byte, from string, action id.ID) []byte {
	return s.mac(dst, []byte{byte(kindBounce)}, action[:], []byte(strings.ToLower(from)))
}
