package ledger

import (
	"crypto/sha256"
	"encoding/binary"

	"golang.org/x/mod/sumdb/tlog"
)

// row is an entry with its place.
type row struct {
	Entry
	leaf, seq int64
	hash, mac []byte
}

// appendContent writes an entry so that no two different ones look the same:
// fixed sizes, or a length in front.
func appendContent(b []byte, e *Entry) []byte {
	b = append(b, e.Org[:]...)
	b = append(b, e.ID[:]...)
	b = appendUint(b, e.At.UnixMicro())
	for _, text := range [...]string{e.Actor, e.Action, e.Target, e.Data} {
		b = appendUint(b, int64(len(text)))
		b = append(b, text...)
	}
	return b
}

func appendUint(b []byte, n int64) []byte { return binary.BigEndian.AppendUint64(b, uint64(n)) }

// rowHash covers every column of a row and the hash before it in its tenant's
// chain (32 zero bytes for the first). It needs no key: whoever holds an
// export can take it again. buf is scratch.
func rowHash(buf []byte, prev []byte, r *row) ([sha256.Size]byte, []byte) {
	buf = append(buf[:0], "rainmaker/audit/chain/v1\x00"...)
	buf = append(buf, prev...)
	buf = appendUint(buf, r.leaf)
	buf = appendUint(buf, r.seq)
	buf = appendUint(buf, int64(len(r.mac)))
	buf = append(buf, r.mac...)
	buf = appendContent(buf, &r.Entry)
	return sha256.Sum256(buf), buf
}

// first is the hash before the first row of a chain.
func first() []byte { return make([]byte, sha256.Size) }

// leafHash is the row's leaf in the tree.
func leafHash(hash []byte) tlog.Hash { return tlog.RecordHash(hash) }

// frontier is a growing tree of which only the complete subtrees at its right
// edge are kept: enough for its root at any moment.
type frontier struct {
	size int64
	tops []tlog.Hash // one a set bit of size, the largest first
}

func (f *frontier) add(leaf tlog.Hash) {
	for n := f.size; n&1 == 1; n >>= 1 {
		leaf = tlog.NodeHash(f.tops[len(f.tops)-1], leaf)
		f.tops = f.tops[:len(f.tops)-1]
	}
	f.tops = append(f.tops, leaf)
	f.size++
}

// root of the tree so far; the zero hash for no leaves.
func (f *frontier) root() tlog.Hash {
	if len(f.tops) == 0 {
		return tlog.Hash{}
	}
	h := f.tops[len(f.tops)-1]
	for i := len(f.tops) - 2; i >= 0; i-- {
		h = tlog.NodeHash(f.tops[i], h)
	}
	return h
}
