package app

import (
	"context"
	"sync"

	"rainmaker/internal/email"
	"rainmaker/internal/platform/egress"
	"rainmaker/internal/provider/sandbox"
	"rainmaker/internal/provider/smtp"
)

// practice is the way out of all mailboxes: those of the sandbox go to simulated
// people on this machine, who come when they are first written to; all others
// take the usual way.
type practice struct {
	email.Transport
	app *App

	mu     sync.Mutex
	people *sandbox.Server
	inbox  *smtp.Inbound // takes their answers where the program takes no mail otherwise
}

// Outlet implements email.Transport.
func (p *practice) Outlet(ctx context.Context, account email.Account) (email.Outlet, error) {
	if account.Host != email.SandboxHost {
		return p.Transport.Outlet(ctx, account)
	}
	port, err := p.open()
	if err != nil {
		return nil, err
	}
	account.Host, account.Port, account.TLS = "127.0.0.1", port, "none"
	own := smtp.Transport{Reach: egress.Reach{Loopback: true}}
	return own.Outlet(ctx, account)
}

// open starts the sandbox, once, and returns its port.
func (p *practice) open() (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people != nil {
		return p.people.Port(), nil
	}
	inbox := p.app.inbound
	if inbox == nil {
		var err error
		if inbox, err = p.app.listenInbound("127.0.0.1:0"); err != nil {
			return 0, err
		}
		p.inbox = inbox
	}
	people, err := sandbox.Listen(sandbox.Options{Seed: demoSeed, Inbound: inbox.Addr(), Base: p.app.PublicURL(), Logger: p.app.log})
	if err != nil {
		return 0, err
	}
	p.people = people
	return people.Port(), nil
}

// close sends the simulated people home.
func (p *practice) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.people != nil {
		over, cancel := context.WithCancel(context.Background())
		cancel()
		_ = p.people.Run(over) // nobody depends on how it ends
	}
	if p.inbox != nil {
		_ = p.inbox.Close()
	}
}
