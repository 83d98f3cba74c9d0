// Package canary plants secrets and personal data of its own through every door
// of the real program, uses and misuses it, and then looks for them where they
// must not stand in clear: every table as a dump shows it, the files of the data
// directory with the write-ahead log, the log at level debug, the metrics, the traces, error
// answers, frames of the WebSocket, and the answers that a role without leave
// for addresses gets. Each is looked for as it is, in other case, in base64 at
// every alignment, in hexadecimal, and escaped for URLs and JSON.
//
// What may stand in clear is in plant_test.go, place by place with its reason.
// TestFieldsHaveCanaries holds the doors complete: a field of the API that takes
// free text has a canary, or is listed with the reason why it needs none.
//
// Files: program_test.go (the program and its client), search_test.go (forms of
// a value, and finding them), plant_test.go (what is planted, and where it may
// show), places_test.go (where is looked), journey_test.go (how it gets in),
// canary_test.go (the tests).
package canary
