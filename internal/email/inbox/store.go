package inbox

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

// tableInboxes is the table's name in sealed places.
const tableInboxes = "mailbox_inboxes"

const columns = `mailbox_id, host, port, username, tls, checked_at, last_error, password_sealed`

func scan(row pgx.CollectableRow) (i Inbox, sealed []byte, err error) {
	err = row.Scan(&i.Mailbox, &i.Server.Host, &i.Server.Port, &i.Server.Username, &i.Server.TLS, &i.CheckedAt, &i.LastError, &sealed)
	return i, sealed, err
}

func find(ctx context.Context, tx db.Tx, org, mailbox id.ID, lock bool) (found Inbox, sealed []byte, err error) {
	sql := `select ` + columns + ` from mailbox_inboxes where org_id = $1 and mailbox_id = $2`
	if lock {
		sql += ` for update`
	}
	rows, err := tx.Query(ctx, sql, org, mailbox)
	if err != nil {
		return Inbox{}, nil, fmt.Errorf("find inbox: %w", err)
	}
	found, err = pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (i Inbox, err error) {
		i, sealed, err = scan(row)
		return i, err
	})
	if db.NoRows(err) {
		return Inbox{}, nil, errs.New(errs.NotFound, "not found")
	}
	return found, sealed, err
}

func list(ctx context.Context, tx db.Tx, org id.ID, mailboxes []id.ID) (map[id.ID]Inbox, error) {
	rows, err := tx.Query(ctx, `select `+columns+` from mailbox_inboxes where org_id = $1 and mailbox_id = any($2)`, org, mailboxes)
	if err != nil {
		return nil, fmt.Errorf("list inboxes: %w", err)
	}
	all, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (Inbox, error) {
		i, _, err := scan(row)
		return i, err
	})
	out := make(map[id.ID]Inbox, len(all))
	for _, i := range all {
		out[i.Mailbox] = i
	}
	return out, err
}

// put stores where an inbox is, to be read at once. Of another inbox than before
// nothing is known.
func put(ctx context.Context, tx db.Tx, org, mailbox id.ID, at Server, sealed []byte, same bool, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into mailbox_inboxes as i (org_id, mailbox_id, host, port, username, password_sealed, tls, since, due_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		on conflict (org_id, mailbox_id) do update set host = $3, port = $4, username = $5, password_sealed = $6, tls = $7,
			generation = i.generation + 1, due_at = $8, failures = 0, last_error = '',
			uid_validity = case when $9 then i.uid_validity else 0 end, uid_next = case when $9 then i.uid_next else 0 end,
			since = case when $9 then i.since else $8 end, checked_at = case when $9 then i.checked_at end`,
		org, mailbox, at.Host, at.Port, at.Username, sealed, at.TLS, now, same)
	return err
}

func remove(ctx context.Context, tx db.Tx, org, mailbox id.ID) error {
	_, err := tx.Exec(ctx, `delete from mailbox_inboxes where org_id = $1 and mailbox_id = $2`, org, mailbox)
	if err != nil {
		return fmt.Errorf("remove inbox: %w", err)
	}
	return nil
}

func dueInboxes(ctx context.Context, tx db.Tx, now time.Time, most int) ([]place, error) {
	rows, err := tx.Query(ctx, `select org_id, mailbox_id from inboxes_due($1, $2)`, now, most)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (p place, err error) {
		err = row.Scan(&p.org, &p.mailbox)
		return p, err
	})
}

// claimInbox takes an inbox that is still due; of two that try, the second finds
// it is not. Mailboxes that are paused are read all the same: their answers count.
func claimInbox(ctx context.Context, tx db.Tx, p place, now, until time.Time) (c claimed, ok bool, err error) {
	c.place = p
	var validity, next int64
	err = tx.QueryRow(ctx, `update mailbox_inboxes i set due_at = $4 from mailboxes m
		where i.org_id = $1 and i.mailbox_id = $2 and i.due_at <= $3 and m.org_id = $1 and m.id = $2
		returning i.host, i.port, i.username, i.tls, i.password_sealed, m.from_address, m.state, i.generation, i.uid_validity, i.uid_next,
			i.since, i.checked_at, i.failures, i.last_error`, p.org, p.mailbox, now, until).
		Scan(&c.server.Host, &c.server.Port, &c.server.Username, &c.server.TLS, &c.sealed, &c.address, &c.state, &c.generation, &validity, &next,
			&c.since, &c.checked, &c.failures, &c.lastError)
	if db.NoRows(err) {
		return claimed{}, false, nil
	}
	c.mark = Mark{uint32(validity), uint32(next)} // both were 32 bits wide when they were stored
	return c, err == nil, err
}

// keepPlace keeps how far a reading came that goes on.
func keepPlace(ctx context.Context, tx db.Tx, c *claimed, until time.Time) error {
	_, err := tx.Exec(ctx, `update mailbox_inboxes set uid_validity = $4, uid_next = $5, due_at = $6
		where org_id = $1 and mailbox_id = $2 and generation = $3`, c.org, c.mailbox, c.generation, int64(c.mark.Validity), int64(c.mark.Next), until)
	return err
}

// settleInbox ends a reading, and reports whether the inbox is still the one that
// was read.
func settleInbox(ctx context.Context, tx db.Tx, c *claimed, next, now time.Time, whole bool, reason string) (bool, error) {
	tag, err := tx.Exec(ctx, `update mailbox_inboxes set uid_validity = $4, uid_next = $5, due_at = $6,
			checked_at = case when $7 then $8 else checked_at end, last_error = $9, failures = case when $9 = '' then 0 else failures + 1 end
		where org_id = $1 and mailbox_id = $2 and generation = $3`,
		c.org, c.mailbox, c.generation, int64(c.mark.Validity), int64(c.mark.Next), next, whole, now, reason)
	return tag.RowsAffected() == 1, err
}

// retry keeps what came of an attempt to open an inbox; after a good one it is
// read at once.
func retry(ctx context.Context, tx db.Tx, org, mailbox id.ID, reason string, now time.Time) error {
	_, err := tx.Exec(ctx, `update mailbox_inboxes set last_error = $3, due_at = case when $3 = '' then $4 else due_at end,
			failures = case when $3 = '' then 0 else failures end
		where org_id = $1 and mailbox_id = $2`, org, mailbox, reason, now)
	if err != nil {
		return fmt.Errorf("keep an attempt: %w", err)
	}
	return nil
}
