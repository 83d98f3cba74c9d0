// Package e2e tries the program as its users meet it: the real binary with its
// own PostgreSQL in a fresh directory, spoken to over HTTP, SMTP and the
// WebSocket alone. Nothing of the program is imported but its test server for
// SMTP.
//
// Files: program_test.go (the binary), client_test.go (HTTP), live_test.go (the
// WebSocket), mail_test.go (reading what was sent), answer_test.go (writing what
// comes back), xlsx_test.go (hostile workbooks); journey_test.go and
// journey_*_test.go (from sign-up to the second step), bad_test.go (bad input),
// demo_test.go (rainmaker demo).
package e2e
