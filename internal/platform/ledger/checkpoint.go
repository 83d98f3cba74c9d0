package ledger

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is a signed statement about the tree. Its text has the form of
// c2sp.org/tlog-checkpoint: origin, size, root, then one line with the time.
type Checkpoint struct {
	Size int64
	Root tlog.Hash
	At   time.Time
	Note string // the signed text
}

// VerifierKey is the public half of the key that signs checkpoints, in the form
// of golang.org/x/mod/sumdb/note.
func (b *Book) VerifierKey() (string, error) {
	key, ok := ed25519.NewKeyFromSeed(b.keys.Sign).Public().(ed25519.PublicKey)
	if !ok {
		return "", fmt.Errorf("audit key: not an Ed25519 key")
	}
	return note.NewEd25519VerifierKey(b.keys.Name, key)
}

// signer builds the private half. note makes keys only at random, but their
// written form is documented: PRIVATE+KEY+<name>+<hash>+<base64(1 | seed)>, with
// the hash of the public half.
func (b *Book) signer() (note.Signer, error) {
	public, err := b.VerifierKey()
	if err != nil {
		return nil, err
	}
	rest := strings.TrimPrefix(public, b.keys.Name+"+")
	hash, _, _ := strings.Cut(rest, "+")
	seed := base64.StdEncoding.EncodeToString(append([]byte{1}, b.keys.Sign...))
	return note.NewSigner("PRIVATE+KEY+" + b.keys.Name + "+" + hash + "+" + seed)
}

// checkpoint signs what the tree is at a time.
func (b *Book) checkpoint(size int64, root tlog.Hash, at time.Time) (Checkpoint, error) {
	signer, err := b.signer()
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	at = at.UTC().Truncate(time.Second)
	text := fmt.Sprintf("%s\n%d\n%s\n%s\n", b.keys.Name, size, root, at.Format(time.RFC3339))
	signed, err := note.Sign(&note.Note{Text: text}, signer)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("sign checkpoint: %w", err)
	}
	return Checkpoint{Size: size, Root: root, At: at, Note: string(signed)}, nil
}

// ParseCheckpoint opens a signed text with a public key; an error means that
// nobody who holds the private key wrote it like this.
func ParseCheckpoint(signed, verifierKey string) (Checkpoint, error) {
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return Checkpoint{}, fmt.Errorf("audit key: %w", err)
	}
	opened, err := note.Open([]byte(signed), note.VerifierList(verifier))
	if err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: %w", err)
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) < 5 || lines[0] != verifier.Name() {
		return Checkpoint{}, fmt.Errorf("checkpoint: of another log or form")
	}
	c := Checkpoint{Note: signed}
	if c.Size, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.Size < 0 {
		return Checkpoint{}, fmt.Errorf("checkpoint: size %q", lines[1])
	}
	if c.Root, err = tlog.ParseHash(lines[2]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: root: %w", err)
	}
	if c.At, err = time.Parse(time.RFC3339, lines[3]); err != nil {
		return Checkpoint{}, fmt.Errorf("checkpoint: time: %w", err)
	}
	return c, nil
}

// SplitNotes cuts a file of checkpoints, one after the other, into single notes.
func SplitNotes(text []byte) []string {
	var notes []string
	var current []byte
	signed := false
	for line := range bytes.Lines(text) {
		signature := bytes.HasPrefix(line, []byte("— "))
		if signed && !signature {
			notes, current, signed = append(notes, string(current)), nil, false
		}
		if len(current) == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		current = append(current, line...)
		signed = signed || signature
	}
	if len(bytes.TrimSpace(current)) > 0 {
		notes = append(notes, string(current))
	}
	return notes
}
