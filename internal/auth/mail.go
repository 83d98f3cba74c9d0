package auth

import (
	"context"
	"fmt"
	"strings"
	"time"

	"rainmaker/internal/auth/throttle"
	"rainmaker/internal/org"
	"rainmaker/internal/platform/db"
	"rainmaker/internal/platform/errs"
	"rainmaker/internal/platform/id"
	"rainmaker/internal/platform/job"
	"rainmaker/internal/platform/secret"
)

// Mailer sends the few mails that the program writes to its own users. app joins
// it: provider/smtp when system_smtp is set, the log in development, nothing
// otherwise.
type Mailer interface {
	SendSystem(ctx context.Context, to, subject, text string) error
}

// Jobs queues work in the transaction of the decision: job.Client.
type Jobs interface {
	InsertOnce(ctx context.Context, tx db.Tx, args job.Args, within time.Duration) error
}

// Paths of the web app that mails link to. The token stands behind the #, which
// browsers keep to themselves: no server, proxy or Referer sees it.
const (
	resetPath  = "/reset-password#token="
	invitePath = "/invitation#"
)

// What a mail is about; other values are the audit action that it tells of.
const (
	mailReset  = "reset"
	mailInvite = "invite"
)

// mailOnce is how long the same mail is not queued again.
const mailOnce = time.Minute

// mailJob asks for one mail to a user of the program. This is no touch of a lead
// and not in the action log: it may be sent twice, after a crash between the
// server's answer and the end of the job, and twice does no harm. The key of
// uniqueness keeps it from being queued twice. Arguments hold ids, a blind index
// or a sealed token, nothing that a reader of the queue could use.
type mailJob struct {
	What   string `json:"what"`
	Org    id.ID  `json:"org_id,omitempty"`
	User   id.ID  `json:"user_id,omitempty"`
	Blind  []byte `json:"blind,omitempty"`  // of the address, for a reset
	Sealed []byte `json:"sealed,omitempty"` // the token of an invitation
}

// Kind implements job.Args.
func (mailJob) Kind() string { return "auth.mail" }

// mailAttempts of a mail: the link in it is good for ten minutes, a week at most.
const mailAttempts = 6

// Handle adds this package's jobs to the table of a process.
func (s *Service) Handle(set *job.Set) {
	job.Handle(set, job.Options{Attempts: mailAttempts, Timeout: time.Minute}, s.sendMail)
}

// queue asks for a mail, where mail is set up.
func (s *Service) queue(ctx context.Context, tx db.Tx, j mailJob) error {
	if s.Jobs == nil || s.Mailer == nil {
		return nil
	}
	return s.Jobs.InsertOnce(ctx, tx, j, mailOnce)
}

// notify tells a person that something about their sign-in changed (ASVS 5.0,
// 6.3.7).
func (s *Service) notify(ctx context.Context, tx db.Tx, tenant, user id.ID, what string) error {
	return s.queue(ctx, tx, mailJob{What: what, Org: tenant, User: user})
}

// invitesPerHour bounds the mails that one organisation makes us write to
// strangers.
const invitesPerHour = 50

// MailInvitation sends an invitation, where mail is set up. The admin has the
// token all the same.
func (s *Service) MailInvitation(ctx context.Context, tenant, user id.ID, token string) error {
	if !s.guess.Spend(ctx, throttle.Of("invite", tenant[:], invitesPerHour, invitesPerHour)) {
		s.log.WarnContext(ctx, "too many invitations: this one is not mailed", "org_id", tenant)
		return nil
	}
	sealed, err := s.mailSeal.Encrypt([]byte(token), user[:])
	if err != nil {
		return fmt.Errorf("seal invitation: %w", err)
	}
	return s.db.InTenant(ctx, tenant, func(tx db.Tx) error {
		return s.queue(ctx, tx, mailJob{What: mailInvite, Org: tenant, User: user, Sealed: sealed})
	})
}

func (s *Service) sendMail(ctx context.Context, j mailJob) error {
	if s.Mailer == nil {
		return errs.New(errs.Invalid, "no system mail is set up in this process: set system_smtp for workers too")
	}
	if j.What == mailReset {
		return s.sendReset(ctx, j.Blind)
	}
	var to org.User
	var from org.Organization
	err := s.db.InTenant(ctx, j.Org, func(tx db.Tx) error {
		var err error
		if to, err = s.org.User(ctx, tx, j.Org, j.User); err != nil {
			return err
		}
		from, err = s.org.OrganizationIn(ctx, tx, j.Org)
		return err
	})
	if err != nil {
		return err // a member who is gone by now gets no mail
	}
	if j.What != mailInvite {
		return s.Mailer.SendSystem(ctx, to.Email, "Your Rainmaker sign-in was changed", s.changedText(j.What))
	}
	token, err := s.mailSeal.Decrypt(j.Sealed, j.User[:])
	if err != nil {
		return errs.Wrap(errs.Invalid, err, "an invitation that does not open")
	}
	return s.Mailer.SendSystem(ctx, to.Email, "Your invitation to Rainmaker", strings.Join([]string{
		"You are invited to join \"" + from.Name + "\" on Rainmaker.", "",
		"Accept within a week:", s.publicURL + invitePath + string(token), "",
		"If you do not know this organisation, do nothing.",
	}, "\n"))
}

// sendReset makes the link here, so that its token is never at rest.
func (s *Service) sendReset(ctx context.Context, blind []byte) error {
	var places []signInRow
	err := s.db.InSystem(ctx, func(tx db.Tx) error {
		var err error
		places, err = selectSignIn(ctx, tx, blind)
		return err
	})
	if err != nil {
		return fmt.Errorf("reset mail: %w", err)
	}
	place, found := pick(places, id.Nil)
	if !found || place.passwordHash == nil {
		return nil // a stranger, or somebody who signs in without a password
	}
	var link ResetLink
	var to org.User
	err = s.db.InTenant(ctx, *place.org, func(tx db.Tx) error {
		var err error
		if to, err = s.org.User(ctx, tx, *place.org, place.user); err != nil {
			return err
		}
		if link, err = s.newReset(ctx, tx, place.user, id.Nil); err != nil {
			return err
		}
		return org.Audit(ctx, tx, *place.org, s.clock.Now(), org.SystemActor("auth"), "password.reset_mailed", org.Target("user", place.user), nil)
	})
	if err != nil {
		return err
	}
	return s.Mailer.SendSystem(ctx, to.Email, "Choose a new password for Rainmaker", strings.Join([]string{
		"Somebody, hopefully you, asked for a new password for your Rainmaker account.", "",
		"Choose it within ten minutes:", link.URL, "",
		"If it was not you, do nothing: your password stays as it is.",
	}, "\n"))
}

// changedText says what was changed. Secret parts of it are never in a mail.
func (s *Service) changedText(what string) string {
	words := map[string]string{
		"password.changed": "Your password was changed.", "password.reset": "Your password was reset with a link.",
		"mfa.enabled": "A second factor was set up.", "mfa.disabled": "A second factor was turned off.",
		"mfa.recovery_codes_renewed": "New recovery codes were made; the old ones no longer work.",
		"passkey.added":              "A passkey was added.", "passkey.removed": "A passkey was removed.",
	}
	text, ok := words[what]
	if !ok {
		text = "How you sign in was changed."
	}
	return strings.Join([]string{
		text, "", "If it was not you, choose a new password at once: " + s.publicURL + "/forgot-password",
		"and tell an admin of your organisation.",
	}, "\n")
}

// mailKey seals tokens on their way through the queue.
func mailKey(vault *secret.Vault) ([]byte, error) { return vault.Derive("auth-mail-seal", 32) }
