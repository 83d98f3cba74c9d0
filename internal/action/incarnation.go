package action

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// lockClass is the first half of the advisory lock key of an incarnation
// ("RM"); the second half is its number.
const lockClass = 0x524d

// incarnation keeps this process alive in the eyes of the others: it holds the
// advisory lock of its number on a connection of its own. When the connection
// is lost, so is the incarnation, and a new one begins; what the old one held is
// swept like that of any dead process.
type incarnation struct {
	pool    *pgxpool.Pool
	logger  *slog.Logger
	current atomic.Int32 // 0 while there is none
}

// keep holds incarnations until ctx ends.
func (n *incarnation) keep(ctx context.Context) {
	for ctx.Err() == nil {
		err := n.live(ctx)
		n.current.Store(0)
		if ctx.Err() != nil {
			return
		}
		n.logger.Warn("incarnation lost, starting another", "error", err)
		pause(ctx, 200*time.Millisecond)
	}
}

// live registers one incarnation and watches its connection until it fails.
func (n *incarnation) live(ctx context.Context) error {
	pooled, err := n.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connection: %w", err)
	}
	conn := pooled.Hijack() // a lock must not go back to the pool
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()

	host, _ := os.Hostname()
	var number int32
	err = conn.QueryRow(ctx, `insert into incarnations (process) values ($1) returning id`,
		fmt.Sprintf("%s/%d", host, os.Getpid())).Scan(&number)
	if err != nil {
		return fmt.Errorf("register: %w", err)
	}
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1, $2)`, lockClass, number); err != nil {
		return fmt.Errorf("lock: %w", err)
	}
	n.current.Store(number)
	for {
		watch, cancel := context.WithTimeout(ctx, time.Second)
		err := conn.PgConn().WaitForNotification(watch) // returns at once when the server goes away
		cancel()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil && !errors.Is(err, context.DeadlineExceeded) {
			return err
		}
		if conn.IsClosed() {
			return errors.New("connection closed")
		}
	}
}

// number returns the incarnation to claim under, or false while there is none.
func (n *incarnation) number() (int32, bool) {
	number := n.current.Load()
	return number, number != 0
}

// pause waits, or returns early when ctx ends.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
