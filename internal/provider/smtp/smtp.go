// Package smtp speaks SMTP for the product: it sends campaign mail through the
// submission server of a mailbox, and takes in replies, bounces and complaints.
//
// The client is our own, because two things that no library offers decide what
// the product can promise. The final dot is held back until the caller has
// committed its intent: a server must forget a mail whose dot never came, so a
// crash leaves at most one round trip in doubt (DESIGN 4). And a mail costs two
// round trips instead of five, by PIPELINING (RFC 2920).
//
// Invariants
//   - The dot is written only after intent returned nil, and never after ctx
//     ended. An error says that it may have been written (Doubtful) only when
//     that cannot be excluded.
//   - Nothing in an address or a mail can become a command: control characters,
//     bare CR and bare LF are refused before the first byte is sent.
//   - A password never travels in clear text, except over loopback.
//   - Incoming mail is acknowledged after its handler committed it, not before.
//
// Files: transport.go (the port of package email), system.go (mails to our own
// users), client.go (one connection),
// session.go (greeting, STARTTLS, AUTH), reply.go, wire.go (what a mail may
// hold), pool.go, server.go (incoming mail),
// error.go. Package smtptest is a server to test against.
package smtp
