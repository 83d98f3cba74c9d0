package ledger

import (
	"bytes"
	"context"
	"crypto/hmac"
	"fmt"
	"slices"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/id"
)

const (
	// verifyPage is how many rows are read at once.
	verifyPage = 10_000
	// maxFindings bounds a report; the count goes on.
	maxFindings = 100
	// maxUnsealed rows are looked at one by one.
	maxUnsealed = 100_000
)

// Finding is one thing that is not as this program wrote it.
type Finding struct {
	Leaf  int64 // place in the tree; -1: no row of the tree
	Org   id.ID // Nil: of no tenant
	Entry id.ID // Nil: of no row
	What  string
}

// String is one line for people.
func (f Finding) String() string {
	where := "the record"
	switch {
	case f.Entry != id.Nil && f.Leaf >= 0:
		where = fmt.Sprintf("row %d (entry %s of organisation %s)", f.Leaf, f.Entry, f.Org)
	case f.Entry != id.Nil:
		where = fmt.Sprintf("entry %s of organisation %s", f.Entry, f.Org)
	case f.Org != id.Nil:
		where = fmt.Sprintf("organisation %s", f.Org)
	case f.Leaf >= 0:
		where = fmt.Sprintf("row %d", f.Leaf)
	}
	return where + ": " + f.What
}

// Report is what verifying found.
type Report struct {
	Rows        int64
	Tenants     int
	Checkpoints int // signed statements that the rows were held against
	Root        tlog.Hash
	Findings    []Finding // the first hundred
	Wrong       int       // how many there are
	Unsealed    int64     // genuine rows without a place yet
	Oldest      time.Time // of those
}

// verifier holds the state of one run.
type verifier struct {
	book    *Book
	report  Report
	tree    frontier
	chains  map[id.ID]*chain
	next    int64        // the leaf that comes next
	broken  bool         // a leaf is missing: roots cannot be compared any more
	pending []Checkpoint // in order of size
	buf     []byte
}

// chain is the end of a tenant's chain while reading.
type chain struct {
	seq    int64
	stored []byte // hash as it stands in the row
	made   []byte // hash as it should be
	unsure bool   // rows before are missing: the next one cannot be held against them
}

// Verify reads the whole record through q and holds it against the keys and
// against signed statements: those in the database and those given, which came
// from outside it. q must show one moment: a transaction that is repeatable
// read. Progress, when given, is told the rows read.
func (b *Book) Verify(ctx context.Context, q querier, outside []string, progress func(done, total int64)) (Report, error) {
	v := &verifier{book: b, chains: map[id.ID]*chain{}}
	if err := v.checkpoints(ctx, q, outside); err != nil {
		return Report{}, err
	}
	lowest, highest, err := selectBounds(ctx, q)
	if err != nil {
		return Report{}, fmt.Errorf("verify: %w", err)
	}
	if lowest != nil {
		if *lowest < 0 {
			v.found(Finding{Leaf: -1, What: fmt.Sprintf("a row has the place %d", *lowest)})
		}
		for from := max(0, *lowest); from <= *highest; from += verifyPage {
			err := readRows(ctx, q, from, min(from+verifyPage, *highest+1), func(r *row) error {
				v.row(r)
				return nil
			})
			if err != nil {
				return Report{}, fmt.Errorf("verify: %w", err)
			}
			if progress != nil {
				progress(v.report.Rows, *highest+1)
			}
		}
	}
	v.settle()
	if err := v.ends(ctx, q); err != nil {
		return Report{}, err
	}
	if err := v.unsealed(ctx, q); err != nil {
		return Report{}, err
	}
	v.report.Tenants, v.report.Root = len(v.chains), v.tree.root()
	return v.report, nil
}

func (v *verifier) found(f Finding) {
	v.report.Wrong++
	if len(v.report.Findings) < maxFindings {
		v.report.Findings = append(v.report.Findings, f)
	}
}

// checkpoints opens all signed statements.
func (v *verifier) checkpoints(ctx context.Context, q querier, outside []string) error {
	key, err := v.book.VerifierKey()
	if err != nil {
		return err
	}
	inside, err := selectNotes(ctx, q)
	if err != nil {
		return fmt.Errorf("verify: %w", err)
	}
	seen := map[string]bool{}
	for i, text := range append(inside, outside...) {
		if seen[text] {
			continue
		}
		seen[text] = true
		c, err := ParseCheckpoint(text, key)
		if err != nil {
			where := "a checkpoint from outside is not signed with this installation's key"
			if i < len(inside) {
				where = "a checkpoint in the database is not signed with this installation's key"
			}
			v.found(Finding{Leaf: -1, What: fmt.Sprintf("%s: %v", where, err)})
			continue
		}
		v.pending = append(v.pending, c)
	}
	v.report.Checkpoints = len(v.pending)
	slices.SortStableFunc(v.pending, func(a, b Checkpoint) int { return int(a.Size - b.Size) })
	return nil
}

// row judges one row; they come in order of their leaf.
func (v *verifier) row(r *row) {
	v.report.Rows++
	at := func(what string, args ...any) {
		v.found(Finding{Leaf: r.leaf, Org: r.Org, Entry: r.ID, What: fmt.Sprintf(what, args...)})
	}
	genuine := hmac.Equal(v.book.mac(&r.Entry), r.mac)
	if !genuine {
		at("its content is not what the program wrote (changed, or put in)")
	}
	if r.Action == lostAction && genuine {
		at("tells that %s was removed before it was sealed", r.Target)
	}
	if r.leaf != v.next {
		v.gap(r)
	}
	c := v.chains[r.Org]
	if c == nil {
		c = &chain{stored: first(), made: first(), unsure: v.broken}
		v.chains[r.Org] = c
	}
	hash, follows := v.follow(c, r)
	switch {
	case c.unsure:
		// The gap is a finding already; the chain begins anew here.
	case r.seq != c.seq+1:
		at("is number %d of its organisation, after number %d: rows were removed, put in or reordered", r.seq, c.seq)
	case !follows && genuine:
		at("its place or its hash was changed, or the row before it")
	}
	c.seq, c.unsure = r.seq, false
	c.stored, c.made = append(c.stored[:0], r.hash...), append(c.made[:0], hash...)
	v.next = r.leaf + 1
	v.tree.add(leafHash(hash))
	v.settle()
}

// follow hashes r after the chain's end. Where the end's own hash was changed,
// the hash it should have is tried as well, so that one change is one finding.
func (v *verifier) follow(c *chain, r *row) (hash []byte, ok bool) {
	var sum [32]byte
	for _, prev := range [][]byte{c.stored, c.made} {
		sum, v.buf = rowHash(v.buf, prev, r)
		if bytes.Equal(sum[:], r.hash) {
			return r.hash, true
		}
		if bytes.Equal(c.stored, c.made) {
			break
		}
	}
	return sum[:], false
}

// gap says which leaves are not there.
func (v *verifier) gap(r *row) {
	if r.leaf < v.next {
		v.found(Finding{Leaf: r.leaf, Org: r.Org, Entry: r.ID, What: "stands at a place that another row has"})
		return
	}
	what := fmt.Sprintf("rows %d to %d were removed", v.next, r.leaf-1)
	if r.leaf == v.next+1 {
		what = "was removed"
	}
	v.found(Finding{Leaf: v.next, What: what})
	v.broken = true
	for _, c := range v.chains {
		c.unsure = true
	}
}

// settle holds the tree against the statements about its present size.
func (v *verifier) settle() {
	for len(v.pending) > 0 && v.pending[0].Size == v.next {
		c := v.pending[0]
		v.pending = v.pending[1:]
		if !v.broken && c.Root != v.tree.root() {
			v.found(Finding{Leaf: -1, What: fmt.Sprintf("the first %d rows are not those of the checkpoint of %s", c.Size, c.At.Format(time.RFC3339))})
		}
	}
}

// ends holds what was read against what the sealer says is there, and against
// statements about more rows than there are.
func (v *verifier) ends(ctx context.Context, q querier) error {
	for _, c := range v.pending {
		if c.Size > v.next {
			v.found(Finding{Leaf: v.next, What: fmt.Sprintf("and all after it were cut off: the checkpoint of %s counts %d rows", c.At.Format(time.RFC3339), c.Size)})
			break
		}
	}
	h, err := selectHead(ctx, q)
	if err != nil {
		return fmt.Errorf("verify: head: %w", err)
	}
	root := v.tree.root()
	virgin := h.size == 0 && h.mac == nil && v.report.Rows == 0 && v.report.Checkpoints == 0
	switch {
	case virgin:
	case !hmac.Equal(h.mac, v.book.headMAC(h.size, h.root)):
		v.found(Finding{Leaf: -1, What: "audit_head was changed"})
	case h.size != v.next:
		v.found(Finding{Leaf: -1, What: fmt.Sprintf("%d rows were sealed, and the last one is row %d", h.size, v.next-1)})
	case !v.broken && !bytes.Equal(h.root, root[:]):
		v.found(Finding{Leaf: -1, What: "the rows are not those that were sealed"})
	}
	tails, err := selectTails(ctx, q, nil)
	if err != nil {
		return fmt.Errorf("verify: ends of chains: %w", err)
	}
	for org, c := range v.chains {
		t, ok := tails[org]
		if !ok || t.seq != c.seq || !bytes.Equal(t.hash, c.made) {
			v.found(Finding{Leaf: -1, Org: org, What: "the end of its chain (audit_heads) is not its last row"})
		}
		delete(tails, org)
	}
	for org := range tails {
		v.found(Finding{Leaf: -1, Org: org, What: "all its rows were removed"})
	}
	return nil
}

// unsealed looks at the rows that have no place yet.
func (v *verifier) unsealed(ctx context.Context, q querier) error {
	rows, err := selectPending(ctx, q, maxUnsealed)
	if err != nil {
		return fmt.Errorf("verify: rows without a place: %w", err)
	}
	adopted := v.report.Rows == 0 && v.report.Checkpoints == 0
	for _, r := range rows {
		if !hmac.Equal(v.book.mac(&r.Entry), r.mac) && (r.mac != nil || !adopted) {
			v.found(Finding{Leaf: -1, Org: r.Org, Entry: r.ID, What: "was put in by somebody else than the program, or changed before it was sealed"})
			continue
		}
		v.report.Unsealed++
		if v.report.Oldest.IsZero() || r.At.Before(v.report.Oldest) {
			v.report.Oldest = r.At
		}
	}
	return nil
}
