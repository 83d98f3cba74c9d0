package email

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
)

func errNotFound() error { return errs.New(errs.NotFound, "not found") }

// senderInfo is what a mail says about who sends it.
type senderInfo struct {
	name   string
	postal []string
	zone   *time.Location
}

// loadSender reads the organisation's name, postal address and time zone.
func loadSender(ctx context.Context, tx db.Tx, org id.ID) (senderInfo, error) {
	var info senderInfo
	var timezone string
	var line1, line2, city, region, code, country string
	err := tx.QueryRow(ctx, `select name, timezone,
			coalesce(postal_address->>'line1', ''), coalesce(postal_address->>'line2', ''), coalesce(postal_address->>'city', ''),
			coalesce(postal_address->>'region', ''), coalesce(postal_address->>'postal_code', ''), coalesce(postal_address->>'country', '')
		from organizations where id = $1`, org).Scan(&info.name, &timezone, &line1, &line2, &city, &region, &code, &country)
	if err != nil {
		return senderInfo{}, fmt.Errorf("sender: %w", err)
	}
	for _, line := range []string{line1, line2, joinNonEmpty(city, region, code), country} {
		if line != "" {
			info.postal = append(info.postal, line)
		}
	}
	if info.zone, err = time.LoadLocation(timezone); err != nil {
		info.zone = time.UTC
	}
	return info, nil
}

// joinNonEmpty writes "City, Region Code".
func joinNonEmpty(city, region, code string) string {
	out := city
	if region != "" {
		if out != "" {
			out += ", "
		}
		out += region
	}
	if code != "" {
		if out != "" {
			out += " "
		}
		out += code
	}
	return out
}

const mailboxColumns = `id, from_name, from_address, reply_to, smtp_host, smtp_port, smtp_username, smtp_tls, dkim_domain, dkim_selector,
	daily_limit, rate_per_second, connections, state, last_error, version, created_at, updated_at, smtp_password_sealed, dkim_key_sealed`

func scanMailbox(row pgx.CollectableRow) (m Mailbox, sealed sealedMailbox, err error) {
	err = row.Scan(&m.ID, &m.FromName, &m.FromAddress, &m.ReplyTo, &m.SMTP.Host, &m.SMTP.Port, &m.SMTP.Username, &m.SMTP.TLS,
		&m.DKIM.Domain, &m.DKIM.Selector, &m.DailyLimit, &m.RatePerSecond, &m.Connections, &m.State, &m.LastError,
		&m.Version, &m.CreatedAt, &m.UpdatedAt, &sealed.password, &sealed.dkimKey)
	return m, sealed, err
}

func findMailbox(ctx context.Context, tx db.Tx, org, mailbox id.ID, lock bool) (Mailbox, sealedMailbox, error) {
	query := `select ` + mailboxColumns + ` from mailboxes where org_id = $1 and id = $2`
	if lock {
		query += ` for update`
	}
	rows, err := tx.Query(ctx, query, org, mailbox)
	if err != nil {
		return Mailbox{}, sealedMailbox{}, fmt.Errorf("find mailbox: %w", err)
	}
	var sealed sealedMailbox
	m, err := pgx.CollectExactlyOneRow(rows, func(row pgx.CollectableRow) (m Mailbox, err error) {
		m, sealed, err = scanMailbox(row)
		return m, err
	})
	if db.NoRows(err) {
		return Mailbox{}, sealedMailbox{}, errNotFound()
	}
	return m, sealed, err
}

func listMailboxes(ctx context.Context, tx db.Tx, org id.ID) ([]Mailbox, error) {
	rows, err := tx.Query(ctx, `select `+mailboxColumns+` from mailboxes
		where org_id = $1 and state <> 'archived' order by created_at, mailboxes.id`, org)
	if err != nil {
		return nil, fmt.Errorf("list mailboxes: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Mailbox, error) {
		m, _, err := scanMailbox(row)
		return m, err
	})
}

func insertMailbox(ctx context.Context, tx db.Tx, org id.ID, m Mailbox, sealed sealedMailbox) error {
	_, err := tx.Exec(ctx, `insert into mailboxes (org_id, id, from_name, from_address, reply_to, smtp_host, smtp_port, smtp_username,
			smtp_tls, dkim_domain, dkim_selector, daily_limit, rate_per_second, connections, state, version, created_at, updated_at,
			smtp_password_sealed, dkim_key_sealed)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17, $18, $19)`,
		org, m.ID, m.FromName, m.FromAddress, m.ReplyTo, m.SMTP.Host, m.SMTP.Port, m.SMTP.Username, m.SMTP.TLS, m.DKIM.Domain,
		m.DKIM.Selector, m.DailyLimit, m.RatePerSecond, m.Connections, m.State, m.Version, m.CreatedAt, sealed.password, sealed.dkimKey)
	return err
}

func updateMailbox(ctx context.Context, tx db.Tx, org id.ID, m Mailbox, sealed sealedMailbox) error {
	_, err := tx.Exec(ctx, `update mailboxes set from_name = $3, from_address = $4, reply_to = $5, smtp_host = $6, smtp_port = $7,
			smtp_username = $8, smtp_tls = $9, dkim_domain = $10, dkim_selector = $11, daily_limit = $12, rate_per_second = $13,
			connections = $14, state = $15, version = $16, updated_at = $17, smtp_password_sealed = $18, dkim_key_sealed = $19
		where org_id = $1 and id = $2`,
		org, m.ID, m.FromName, m.FromAddress, m.ReplyTo, m.SMTP.Host, m.SMTP.Port, m.SMTP.Username, m.SMTP.TLS, m.DKIM.Domain,
		m.DKIM.Selector, m.DailyLimit, m.RatePerSecond, m.Connections, m.State, m.Version, m.UpdatedAt, sealed.password, sealed.dkimKey)
	return err
}

func setMailboxError(ctx context.Context, tx db.Tx, org, mailbox id.ID, reason string) error {
	_, err := tx.Exec(ctx, `update mailboxes set last_error = $3 where org_id = $1 and id = $2 and last_error <> $3`, org, mailbox, reason)
	return err
}

func loadThrottle(ctx context.Context, tx db.Tx, org, mailbox id.ID, lock bool) (throttle, error) {
	query := `select daily_limit, rate_per_second, tokens, greatest(refilled_at, 'epoch'), greatest(sent_day, date 'epoch'), sent_today
		from mailboxes where org_id = $1 and id = $2`
	if lock {
		query += ` for no key update`
	}
	var t throttle
	err := tx.QueryRow(ctx, query, org, mailbox).Scan(&t.dailyLimit, &t.rate, &t.tokens, &t.refilledAt, &t.day, &t.today)
	if err != nil {
		return throttle{}, fmt.Errorf("throttle of %s: %w", mailbox, err)
	}
	return t, nil
}

func saveThrottle(ctx context.Context, tx db.Tx, org, mailbox id.ID, t throttle) error {
	_, err := tx.Exec(ctx, `update mailboxes set tokens = $3, refilled_at = $4, sent_day = $5, sent_today = $6 where org_id = $1 and id = $2`,
		org, mailbox, t.tokens, t.refilledAt, t.day, t.today)
	return err
}

// returnThrottle gives n mails back. Those of an earlier day would only make this
// day's count too low.
func returnThrottle(ctx context.Context, tx db.Tx, org, mailbox id.ID, day time.Time, n int) error {
	_, err := tx.Exec(ctx, `update mailboxes set tokens = tokens + $4, sent_today = greatest(0, sent_today - $4)
		where org_id = $1 and id = $2 and sent_day = $3`, org, mailbox, day, n)
	if err != nil {
		return fmt.Errorf("give back to the throttle of %s: %w", mailbox, err)
	}
	return nil
}

// mailboxVersion returns which version of a mailbox is in force.
func mailboxVersion(ctx context.Context, tx db.Tx, org, mailbox id.ID) (int, error) {
	var version int
	err := tx.QueryRow(ctx, `select version from mailboxes where org_id = $1 and id = $2`, org, mailbox).Scan(&version)
	return version, err
}

func insertContent(ctx context.Context, tx db.Tx, org id.ID, c Content, now time.Time) error {
	_, err := tx.Exec(ctx, `insert into email_contents (org_id, id, subject, body, created_at) values ($1, $2, $3, $4, $5)`,
		org, c.ID, c.Subject, c.Body, now)
	return err
}

func findContent(ctx context.Context, tx db.Tx, org, content id.ID) (Content, error) {
	c := Content{ID: content}
	err := tx.QueryRow(ctx, `select subject, body from email_contents where org_id = $1 and id = $2`, org, content).Scan(&c.Subject, &c.Body)
	if db.NoRows(err) {
		return Content{}, errNotFound()
	}
	return c, err
}

// ensureLink returns the id under which a destination is stored.
func ensureLink(ctx context.Context, tx db.Tx, org id.ID, url string, now time.Time) (id.ID, error) {
	var link id.ID
	err := tx.QueryRow(ctx, `insert into email_links (org_id, id, url, url_hash, created_at) values ($1, $2, $3, $4, $5)
		on conflict (org_id, url_hash) do update set url = excluded.url returning id`, org, id.New(), url, linkHash(url), now).Scan(&link)
	if err != nil {
		return id.Nil, fmt.Errorf("store link: %w", err)
	}
	return link, nil
}

func findLink(ctx context.Context, tx db.Tx, org, link id.ID) (string, error) {
	var url string
	err := tx.QueryRow(ctx, `select url from email_links where org_id = $1 and id = $2`, org, link).Scan(&url)
	if db.NoRows(err) {
		return "", errNotFound()
	}
	return url, err
}

func insertRead(ctx context.Context, tx db.Tx, org, action id.ID, what string, machine bool, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into email_reads (org_id, action_id, what, machine, at) values ($1, $2, $3, $4, $5)
		on conflict do nothing`, org, action, what, machine, now)
	if err != nil {
		return false, fmt.Errorf("record reading: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// insertInbound reports whether the mail is new.
func insertInbound(ctx context.Context, tx db.Tx, org id.ID, key []byte, kind string, lead, action id.ID, now time.Time) (bool, error) {
	tag, err := tx.Exec(ctx, `insert into inbound_mail (org_id, key, kind, lead_id, action_id, received_at)
		values ($1, $2, $3, nullif($4, $7::uuid), nullif($5, $7::uuid), $6) on conflict do nothing`, org, key, kind, lead, action, now, id.Nil)
	if err != nil {
		return false, fmt.Errorf("store inbound mail: %w", err)
	}
	return tag.RowsAffected() > 0, nil
}

// pruneInbound deletes up to most marks of mail that came in before a time, over
// all tenants.
func pruneInbound(ctx context.Context, tx db.Tx, before time.Time, most int) (gone int, err error) {
	err = tx.QueryRow(ctx, `select email_prune($1, $2)`, before, most).Scan(&gone)
	return gone, err
}

// softBounces counts the mails to a person that bounced softly since a time: one
// mail is reported late several times before it is given up.
func softBounces(ctx context.Context, tx db.Tx, org, lead id.ID, since time.Time) (int, error) {
	var n int
	err := tx.QueryRow(ctx, `select count(distinct action_id) from inbound_mail
		where org_id = $1 and lead_id = $2 and kind = 'bounce_soft' and received_at >= $3`, org, lead, since).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("soft bounces: %w", err)
	}
	return n, nil
}

// mailboxOwner is a mailbox that an outsider's mail is addressed to.
type mailboxOwner struct {
	org     id.ID
	mailbox id.ID
}

func mailboxOwners(ctx context.Context, tx db.Tx, address string) ([]mailboxOwner, error) {
	rows, err := tx.Query(ctx, `select org_id, mailbox_id from mailbox_orgs($1)`, address)
	if err != nil {
		return nil, fmt.Errorf("whose mailbox: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (mailboxOwner, error) {
		var o mailboxOwner
		err := row.Scan(&o.org, &o.mailbox)
		return o, err
	})
}
