package app

import (
	"context"
	"slices"
	"strings"
)

// The targets of --target. Each is a set of modules; all is every one.
const (
	targetAll    = "all"
	targetAPI    = "api"
	targetWorker = "worker"
)

// every is the target of modules that each process runs.
const every = "every"

// module is one runner and the target that runs it.
type module struct {
	name   string
	target string
	run    func(context.Context) error
	// last marks what other modules stand on while they finish: it ends after
	// them.
	last bool
}

// targets are those a process was asked for.
type targets []string

func parseTargets(text string) targets {
	var t targets
	for _, name := range strings.Split(text, ",") {
		t = append(t, strings.TrimSpace(name))
	}
	return t
}

func (t targets) has(target string) bool {
	return slices.Contains(t, targetAll) || slices.Contains(t, target)
}

func (t targets) runs(m module) bool { return m.target == every || t.has(m.target) }

// modules is the table of what runs. The order is for the reader: all start at
// once.
func (a *App) modules() []module {
	s := &a.services
	list := []module{
		// An executor that is still finishing a mail must be seen alive, or the
		// sweeper of another process calls its mails doubtful.
		{name: "action.log", target: every, run: s.actions.Run, last: true},
		// It seals what the others write while they finish.
		{name: "ledger", target: every, run: s.ledger.Run, last: true},
		{name: "auth.watch", target: every, run: s.watch.Run, last: true},
		// Whoever seals must hear of new keys.
		{name: "org.keeper", target: every, run: s.keeper.Run},
		{name: "event.relay", target: every, run: s.runRelay, last: true},
		{name: "email", target: targetWorker, run: s.email.Run},
		{name: "email.inbox", target: targetWorker, run: s.inbox.Run},
		{name: "campaign", target: targetWorker, run: s.campaigns.Run},
		{name: "conversation", target: targetWorker, run: s.conversation.Run},
		{name: "webhook", target: targetWorker, run: s.webhook.Run},
		{name: "live", target: targetAPI, run: s.live.Run},
		{name: "analytics", target: targetWorker, run: s.analytics.Run},
		{name: "jobs", target: targetWorker, run: s.runJobs},
	}
	if a.inbound != nil {
		list = append(list, module{name: "inbound", target: targetWorker, run: a.runInbound})
	}
	return list
}
