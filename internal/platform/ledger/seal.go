package ledger

import (
	"bytes"
	"context"
	"crypto/hmac"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/mod/sumdb/tlog"

	"rainmaker/internal/platform/clock"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/id"
)

const (
	// sealerLock is the advisory lock of a round.
	sealerLock = 7_246_030
	// roundEvery bounds how long a row is unsealed.
	roundEvery = time.Second
	sealBatch  = 2000
	// checkpointEvery is how much of the record could be rewritten unseen by
	// somebody who has the database and both keys.
	checkpointEvery = time.Minute
	exportBatch     = 100
	// Checkpoints in the table are kept whole so long, then one an hour. Copies
	// outside are nobody's to thin.
	keepWhole = 7 * 24 * time.Hour
	thinEvery = time.Hour
	// finishTime bounds the last round of a shutdown.
	finishTime = 3 * time.Second
)

// Deps are what a Sealer needs.
type Deps struct {
	DB      *db.DB
	Book    *Book
	Clock   clock.Clock
	Logger  *slog.Logger
	Metrics prometheus.Registerer
	// Stores get a copy of each checkpoint.
	Stores []Store
}

// Sealer gives rows their place and signs checkpoints. Every process runs one;
// an advisory lock lets one at a time work.
type Sealer struct {
	Deps
	sealed, lost, refused prometheus.Counter
	backlog, age          prometheus.Gauge
	checkpointSize        prometheus.Gauge

	// Of Run's goroutine alone.
	thinned time.Time
	warned  map[id.ID]bool // forged rows that the log has named
}

// NewSealer returns a sealer that does nothing until Run.
func NewSealer(d Deps) (*Sealer, error) {
	if d.DB == nil || d.Book == nil || d.Clock == nil || d.Logger == nil {
		return nil, errors.New("ledger: a dependency is missing")
	}
	s := &Sealer{Deps: d, warned: map[id.ID]bool{}}
	counter := func(name, help string) prometheus.Counter {
		return prometheus.NewCounter(prometheus.CounterOpts{Name: "rainmaker_audit_" + name, Help: help})
	}
	gauge := func(name, help string) prometheus.Gauge {
		return prometheus.NewGauge(prometheus.GaugeOpts{Name: "rainmaker_audit_" + name, Help: help})
	}
	s.sealed = counter("sealed_total", "Rows of the audit log that this process gave their place.")
	s.lost = counter("lost_total", "Rows that were taken away before they were sealed. Anything but 0 is tampering.")
	s.refused = counter("refused_total", "Times the sealer met rows or a head that the program did not write. Anything but 0 is tampering.")
	s.backlog = gauge("unsealed", "Rows without a place.")
	s.age = gauge("unsealed_seconds", "Age of the oldest row without a place.")
	s.checkpointSize = gauge("checkpoint_size", "Rows under the newest checkpoint that this process signed.")
	if d.Metrics != nil {
		for _, c := range []prometheus.Collector{s.sealed, s.lost, s.refused, s.backlog, s.age, s.checkpointSize} {
			if err := d.Metrics.Register(c); err != nil {
				return nil, fmt.Errorf("ledger metrics: %w", err)
			}
		}
	}
	return s, nil
}

// Run seals until ctx ends, and once more then.
func (s *Sealer) Run(ctx context.Context) error {
	tick := time.NewTicker(roundEvery)
	defer tick.Stop()
	for {
		if err := s.Round(ctx); err != nil && ctx.Err() == nil {
			s.Logger.Warn("seal the audit log", "error", err)
		}
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
			defer cancel()
			if err := s.Round(last); err != nil {
				s.Logger.Warn("seal the audit log at the end", "error", err)
			}
			return nil
		case <-tick.C:
		}
	}
}

// Round does all there is to do now: witness, seal, checkpoint, copies.
func (s *Sealer) Round(ctx context.Context) error {
	lost, err := s.Book.testify(ctx, s.DB, s.Clock.Now())
	if lost > 0 {
		s.lost.Add(float64(lost))
		s.Logger.Error("rows of the audit log were removed before they were sealed", "rows", lost)
	}
	if err != nil {
		return err
	}
	for {
		n, err := s.seal(ctx)
		if err != nil {
			return err
		}
		if n < sealBatch {
			break
		}
	}
	if err := s.checkpointIfDue(ctx, checkpointEvery); err != nil {
		return err
	}
	backlog, oldest, err := selectBacklog(ctx, s.DB.Pool())
	if err != nil {
		return fmt.Errorf("backlog: %w", err)
	}
	s.backlog.Set(float64(backlog))
	s.age.Set(0)
	if oldest != nil {
		s.age.Set(max(0, s.Clock.Now().Sub(*oldest).Seconds()))
	}
	return s.export(ctx)
}

// Checkpoint seals what there is and signs at once, not waiting for the minute.
func (s *Sealer) Checkpoint(ctx context.Context) error {
	if err := s.Round(ctx); err != nil {
		return err
	}
	if err := s.checkpointIfDue(ctx, 0); err != nil {
		return err
	}
	return s.export(ctx)
}

// seal gives one batch its place and returns its size; 0 when another process is
// at it.
func (s *Sealer) seal(ctx context.Context) (n int, err error) {
	err = s.DB.InSystem(ctx, func(tx db.Tx) error {
		mine, err := lockSealer(ctx, tx)
		if err != nil || !mine {
			return err
		}
		rows, err := selectPending(ctx, tx, sealBatch)
		if err != nil || len(rows) == 0 {
			return err
		}
		n, err = s.sealRows(ctx, tx, rows)
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("seal: %w", err)
	}
	s.sealed.Add(float64(n))
	return n, nil
}

// sealRows works in a transaction that holds the sealer's lock.
func (s *Sealer) sealRows(ctx context.Context, tx db.Tx, rows []row) (int, error) {
	h, err := s.head(ctx, tx)
	if err != nil {
		return 0, err
	}
	genuine := rows[:0]
	for _, r := range rows {
		switch mac := s.Book.mac(&r.Entry); {
		case hmac.Equal(mac, r.mac):
		case r.mac == nil && h.size == 0:
			r.mac = mac // written by a version that had no ledger: adopted as it is found
		default:
			s.refuse(r.ID)
			continue
		}
		genuine = append(genuine, r)
	}
	if len(genuine) == 0 {
		return 0, nil
	}
	orgs := map[id.ID]bool{}
	for _, r := range genuine {
		orgs[r.Org] = true
	}
	list := make([]id.ID, 0, len(orgs))
	for org := range orgs {
		list = append(list, org)
	}
	tails, err := selectTails(ctx, tx, list)
	if err != nil {
		return 0, err
	}
	var buf []byte
	for i := range genuine {
		r := &genuine[i]
		t, ok := tails[r.Org]
		if !ok {
			t.hash = first()
		}
		r.leaf, r.seq = h.size+int64(i), t.seq+1
		var hash [32]byte
		hash, buf = rowHash(buf, t.hash, r)
		r.hash = hash[:]
		tails[r.Org] = tail{r.seq, r.hash}
	}
	root, err := s.grow(ctx, tx, h.size, h.root, genuine)
	if err != nil {
		return 0, err
	}
	sealed, err := updateSealed(ctx, tx, genuine)
	if err != nil {
		return 0, err
	}
	if sealed != len(genuine) {
		return 0, fmt.Errorf("%d of %d rows were there to seal", sealed, len(genuine)) // rolled back; somebody removes rows
	}
	size := h.size + int64(len(genuine))
	return len(genuine), updateHead(ctx, tx, head{size: size, root: root[:], mac: s.Book.headMAC(size, root[:])})
}

// head reads how far the sealer is, and refuses one that it did not write: from
// then on nothing is sealed, which the metrics and verifying tell.
func (s *Sealer) head(ctx context.Context, tx db.Tx) (head, error) {
	h, err := selectHead(ctx, tx)
	if err != nil {
		return head{}, fmt.Errorf("head: %w", err)
	}
	if h.size == 0 && h.mac == nil {
		size, _, err := selectLastCheckpoint(ctx, tx)
		if err == nil && size <= 0 {
			return h, nil
		}
		if err != nil {
			return head{}, err
		}
	}
	if !hmac.Equal(h.mac, s.Book.headMAC(h.size, h.root)) {
		s.refused.Inc()
		return head{}, errors.New("the head of the audit log was changed by somebody else: run rainmaker audit verify")
	}
	return h, nil
}

func (s *Sealer) refuse(entry id.ID) {
	s.refused.Inc()
	if !s.warned[entry] && len(s.warned) < 1000 {
		s.warned[entry] = true
		s.Logger.Error("the audit log holds a row that this program did not write", "entry", entry)
	}
}

// grow adds the leaves of rows to the tree of size rows with that root, stores its
// inner nodes, and returns the new root.
func (s *Sealer) grow(ctx context.Context, tx db.Tx, size int64, root []byte, rows []row) (tlog.Hash, error) {
	var edge []int64 // the complete subtrees at the right edge
	for level := 0; size>>level > 0; level++ {
		if size>>level&1 == 1 {
			edge = append(edge, tlog.StoredHashIndex(level, size>>level-1))
		}
	}
	nodes, err := selectNodes(ctx, tx, edge)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("tree: %w", err)
	}
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			h, ok := nodes[index]
			if !ok {
				return nil, fmt.Errorf("node %d of the tree is missing", index)
			}
			hashes[i] = h
		}
		return hashes, nil
	})
	if size > 0 {
		// The head is under our HMAC, the nodes are not: never sign what somebody
		// else made of them.
		before, err := tlog.TreeHash(size, reader)
		if err != nil {
			return tlog.Hash{}, fmt.Errorf("tree: %w", err)
		}
		if !bytes.Equal(before[:], root) {
			s.refused.Inc()
			return tlog.Hash{}, errors.New("the tree of the audit log was changed by somebody else: run rainmaker audit verify")
		}
	}
	var (
		indexes []int64
		hashes  [][]byte
	)
	for i, r := range rows {
		n := size + int64(i)
		made, err := tlog.StoredHashesForRecordHash(n, leafHash(r.hash), reader)
		if err != nil {
			return tlog.Hash{}, fmt.Errorf("tree: %w", err)
		}
		for level, h := range made {
			index := tlog.StoredHashIndex(0, n) + int64(level)
			nodes[index] = h
			if level > 0 {
				indexes, hashes = append(indexes, index), append(hashes, bytes.Clone(h[:]))
			}
		}
	}
	after, err := tlog.TreeHash(size+int64(len(rows)), reader)
	if err != nil {
		return tlog.Hash{}, fmt.Errorf("tree: %w", err)
	}
	return after, insertNodes(ctx, tx, indexes, hashes)
}

// checkpointIfDue signs the tree when it has grown and the last signature is at
// least every old.
func (s *Sealer) checkpointIfDue(ctx context.Context, every time.Duration) error {
	now := s.Clock.Now()
	err := s.DB.InSystem(ctx, func(tx db.Tx) error {
		mine, err := lockSealer(ctx, tx)
		if err != nil || !mine {
			return err
		}
		size, at, err := selectLastCheckpoint(ctx, tx)
		if err != nil || now.Sub(at) < every {
			return err
		}
		h, err := s.head(ctx, tx)
		if err != nil || h.size <= max(size, 0) {
			return err
		}
		c, err := s.Book.checkpoint(h.size, tlog.Hash(h.root), now)
		if err != nil {
			return err
		}
		if err := insertCheckpoint(ctx, tx, c); err != nil {
			return err
		}
		s.checkpointSize.Set(float64(c.Size))
		if now.Sub(s.thinned) > thinEvery {
			s.thinned = now
			return thinCheckpoints(ctx, tx, now.Add(-keepWhole))
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// export copies checkpoints that are not outside yet, in order, to every store.
func (s *Sealer) export(ctx context.Context) error {
	if len(s.Stores) == 0 {
		return nil
	}
	key, err := s.Book.VerifierKey()
	if err != nil {
		return err
	}
	notes, err := selectUnexported(ctx, s.DB.Pool(), exportBatch)
	if err != nil {
		return fmt.Errorf("export checkpoints: %w", err)
	}
	for _, text := range notes {
		c, err := ParseCheckpoint(text, key)
		if err != nil {
			s.refused.Inc()
			return fmt.Errorf("export: %w", err)
		}
		for _, store := range s.Stores {
			if err := store.Put(ctx, exportName(c), c.Note); err != nil {
				return fmt.Errorf("export: %w", err)
			}
		}
		if err := s.DB.InSystem(ctx, func(tx db.Tx) error { return markExported(ctx, tx, c.Size, s.Clock.Now()) }); err != nil {
			return fmt.Errorf("export: %w", err)
		}
	}
	return nil
}
