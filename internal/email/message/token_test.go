package message_test

import (
	"bytes"
	"encoding/base64"
	"math/rand/v2"
	"strings"
	"testing"

	"rainmaker/internal/email/message"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func signer(t testing.TB) *message.Signer {
	t.Helper()
	s, err := message.NewSigner(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTokensHoldWhatWasSigned(t *testing.T) {
	s := signer(t)
	org, action, link := id.New(), id.New(), id.New()
	for kind, size := range map[message.Kind]int{message.KindOpen: 66, message.KindClick: 87, message.KindUnsubscribe: 66} {
		token := s.Sign(kind, org, action, link)
		if len(token) != size || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("kind %c: token %q of %d characters", kind, token, len(token))
		}
		claim, err := s.Verify(kind, token)
		want := message.Claim{Org: org, Action: action}
		if kind == message.KindClick {
			want.Link = link
		}
		if err != nil || claim != want {
			t.Errorf("kind %c: %+v, %v", kind, claim, err)
		}
		for _, other := range []message.Kind{message.KindOpen, message.KindClick, message.KindUnsubscribe, 'b', 0} {
			if _, err := s.Verify(other, token); other != kind && !errs.Is(err, errs.NotFound) {
				t.Errorf("a token of kind %c passed as %c", kind, other)
			}
		}
	}
	other, err := message.NewSigner(bytes.Repeat([]byte{8}, 32))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Verify(message.KindOpen, s.Sign(message.KindOpen, org, action, id.Nil)); err == nil {
		t.Error("a token of another key passed")
	}
	if _, err := message.NewSigner(make([]byte, 31)); err == nil {
		t.Error("a short key passed")
	}
}

// trust.md T11: 100,000 mutations of real tokens, none accepted.
func TestMutatedTokensAreRefused(t *testing.T) {
	s := signer(t)
	random := rand.New(rand.NewPCG(1, 2))
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=\n\r +/%."
	kinds := []message.Kind{message.KindOpen, message.KindClick, message.KindUnsubscribe}
	accepted := 0
	for i := range 100_000 {
		kind := kinds[i%3]
		token := []byte(s.Sign(kind, id.New(), id.New(), id.New()))
		original := string(token)
		switch i / 3 % 5 {
		case 0: // one character
			token[random.IntN(len(token))] = alphabet[random.IntN(len(alphabet))]
		case 1: // one bit of the bytes
			raw, _ := base64.RawURLEncoding.DecodeString(original)
			raw[random.IntN(len(raw))] ^= 1 << random.IntN(8)
			token = []byte(base64.RawURLEncoding.EncodeToString(raw))
		case 2: // cut or grown
			if n := random.IntN(len(token)); n%2 == 0 {
				token = token[:n]
			} else {
				token = append(token, alphabet[random.IntN(len(alphabet))])
			}
		case 3: // the front of one with the back of another
			cut := 1 + random.IntN(len(token)-1)
			other := s.Sign(kind, id.New(), id.New(), id.New())
			token = append(token[:cut], other[cut:]...)
			if string(token) == other {
				continue // ids of one millisecond begin alike
			}
		case 4: // a character put in or taken out
			at := random.IntN(len(token))
			token = append(token[:at], append([]byte{alphabet[random.IntN(len(alphabet))]}, token[at:]...)...)
		}
		if string(token) == original {
			continue
		}
		if claim, err := s.Verify(kind, string(token)); err == nil {
			accepted++
			t.Errorf("accepted %q for %q: %+v", token, original, claim)
		}
	}
	if accepted > 0 {
		t.Errorf("%d forged tokens accepted", accepted)
	}
}

func TestReturnPath(t *testing.T) {
	s := signer(t)
	action := id.New()
	for _, from := range []string{"ada@mail.example.com", "A.Lovelace@example.com", strings.Repeat("x", 25) + "@example.com"} {
		path := s.ReturnPath(from, action)
		if path == from || len(path[:strings.LastIndexByte(path, '@')]) > 64 {
			t.Errorf("%s: %s", from, path)
		}
		if _, err := message.Address("return_path", path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		for _, spelling := range []string{path, strings.ToUpper(path), strings.ToLower(path)} {
			got, gotAction, ok := s.ParseReturnPath(spelling)
			if !ok || got != strings.ToLower(from) || gotAction != action {
				t.Errorf("%s: %q %v %v", spelling, got, gotAction, ok)
			}
		}
		for i := range path {
			mutated := []byte(path)
			for _, c := range []byte("a7z+@") {
				mutated[i] = c
				if _, _, ok := s.ParseReturnPath(string(mutated)); ok && !strings.EqualFold(string(mutated), path) {
					t.Errorf("accepted %s for %s", mutated, path)
				}
			}
		}
	}
	for _, from := range []string{strings.Repeat("x", 26) + "@example.com", "nobody"} {
		if got := s.ReturnPath(from, action); got != from {
			t.Errorf("%s: %s", from, got)
		}
	}
	for _, address := range []string{"", "@", "ada@example.com", "ada+b-@example.com", "ada+b-abc@example.com", "+b-" + strings.Repeat("a", 36) + "@x", "ada+b-" + strings.Repeat("a", 36) + "@example.com", "ada+b-" + strings.Repeat("1", 36) + "@example.com"} {
		if _, _, ok := s.ParseReturnPath(address); ok {
			t.Errorf("accepted %q", address)
		}
	}
}

func FuzzVerify(f *testing.F) {
	s := signer(f)
	f.Add(s.Sign(message.KindOpen, id.New(), id.New(), id.Nil))
	f.Add(s.Sign(message.KindClick, id.New(), id.New(), id.New()))
	f.Add("ada+b-" + strings.Repeat("a", 36) + "@example.com")
	f.Fuzz(func(t *testing.T, token string) {
		for _, kind := range []message.Kind{message.KindOpen, message.KindClick, message.KindUnsubscribe} {
			if claim, err := s.Verify(kind, token); err == nil && s.Sign(kind, claim.Org, claim.Action, claim.Link) != token {
				t.Errorf("%q passed but is not what Sign makes", token)
			}
		}
		if from, action, ok := s.ParseReturnPath(token); ok && !strings.EqualFold(s.ReturnPath(from, action), token) {
			t.Errorf("%q passed but is not what ReturnPath makes", token)
		}
	})
}
