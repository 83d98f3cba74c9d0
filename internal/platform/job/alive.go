package job

import (
	"context"
	"fmt"
	"time"
)

// River gives the job of a killed process to another worker only after
// rescueAfter, because a long silence is all it can see. We know more: a
// process that works jobs holds an advisory lock on a connection of its own,
// and PostgreSQL frees it the moment the process is gone.

const (
	clientPrefix = "rainmaker-"
	// lifeClass is the first key of the advisory locks; the second is the life.
	lifeClass = 7246
	// liveTick is how often a process proves its connection and looks for jobs
	// of dead ones.
	liveTick = 2 * time.Second
	// liveGrace protects jobs of a process whose lock connection is being
	// renewed. A job of a living process that is taken over nevertheless runs
	// twice, which jobs must stand anyway.
	liveGrace = 15 * time.Second
)

// live holds the lock of this process and takes over jobs of dead ones until
// ctx ends, through any number of restarts of PostgreSQL.
func (c *Client) live(ctx context.Context) {
	for ctx.Err() == nil {
		if err := c.liveOnce(ctx); err != nil && ctx.Err() == nil {
			c.log.Warn("job liveness lost, trying again", "error", err)
		}
		select {
		case <-ctx.Done():
		case <-time.After(liveTick / 2):
		}
	}
}

func (c *Client) liveOnce(ctx context.Context) error {
	pooled, err := c.pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connection for the lock: %w", err)
	}
	conn := pooled.Hijack()
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1, $2)`, lifeClass, int32(c.life)); err != nil {
		return fmt.Errorf("lock of this process: %w", err)
	}
	tick := time.NewTicker(liveTick)
	defer tick.Stop()
	for {
		tag, err := conn.Exec(ctx, revive, lifeClass, clientPrefix, liveGrace)
		if err != nil {
			return fmt.Errorf("revive jobs: %w", err)
		}
		if n := tag.RowsAffected(); n > 0 {
			c.log.Info("jobs of a dead process queued again", "jobs", n)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// revive queues running jobs again whose process holds no lock. Jobs on their
// last attempt are left to River, which discards them.
const revive = `update river.river_job set state = 'available', scheduled_at = now()
	where state = 'running' and attempt < max_attempts and attempted_at < now() - $3::interval
	and starts_with(attempted_by[cardinality(attempted_by)], $2)
	and not exists (
		select from pg_locks l
		where l.locktype = 'advisory' and l.granted and l.classid = $1::int8::oid
		and l.database = (select oid from pg_database where datname = current_database())
		and l.objid = substr(attempted_by[cardinality(attempted_by)], length($2) + 1)::bigint::oid)`
