# Everything from a clean clone: Go, Node and make are all that must be there.
# `make help` lists what there is to make.

SHELL  := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

GO      ?= go
BIN     := bin/rainmaker
TOOLS   := .cache/bin
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
COMMIT  := $(shell git rev-parse HEAD 2>/dev/null || echo unknown)
LDFLAGS := -s -w -X rainmaker/internal/cli.linkedVersion=$(VERSION) -X rainmaker/internal/cli.linkedCommit=$(COMMIT)
GO_SRC  := $(shell find cmd internal web/*.go -type f ! -name '*_test.go' ! -path '*/testdata/*' 2>/dev/null) go.mod go.sum
WEB_SRC := $(shell find web -name node_modules -prune -o -name dist -prune -o -name e2e -prune -o -name '*.go' -o -type f -print 2>/dev/null)

.PHONY: help run test e2e check gen web build lint fmt bench bench-leads clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 16

run: build ## Build what is missing and start the demo
	@scripts/postgres.sh
	@exec ./$(BIN) demo $(ARGS)

test: ## Run every test: Go with real PostgreSQL, web, end to end, crash (short)
	@scripts/test.sh

e2e: ## Test the web app in a browser; E2E_FULL=1 for all widths and themes
	@scripts/e2e-web.sh $(ARGS)

check: ## Judge the code: format, linters, laws, generated files, web
	@scripts/check.sh

gen: build ## Write the generated files again: docs/config.md, the OpenAPI file, web types
	@scripts/gen.sh

web: web/dist/index.html ## Build the web app (needs Node)

build: $(BIN) ## Build bin/rainmaker with the web app in it

lint: $(TOOLS)/golangci-lint ## Run the Go linters alone
	@$(TOOLS)/golangci-lint run ./...

fmt: $(TOOLS)/gofumpt ## Format Go and web code
	@$(TOOLS)/gofumpt -w cmd internal test
	@if command -v npm >/dev/null && [ -d web/node_modules ]; then cd web && npm run --silent format; fi

bench: ## Run the benchmarks of test/load, quietly and one after the other
	@$(GO) test -run '^$$' -bench . -benchtime 1x -p 1 ./internal/... ./test/load/...

bench-leads: ## Measure the list of leads in a browser with 100,000 of them
	@E2E_BENCH=1 scripts/e2e-web.sh $(ARGS)

clean: ## Remove what was built; data of the demo stays
	rm -rf bin .cache web/node_modules test/sso/node_modules test-results
	find web/dist -mindepth 1 ! -name .gitkeep -delete 2>/dev/null || true

$(BIN): $(GO_SRC) web/dist/index.html
	@command -v $(GO) >/dev/null || { echo 'make: Go 1.26 or newer is needed: https://go.dev/dl' >&2; exit 1; }
	$(GO) build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/rainmaker

# Without Node the program is built without its web app, and says so.
web/dist/index.html: $(WEB_SRC)
	@scripts/web.sh

# Tools are built from their own pinned module, once.
$(TOOLS)/golangci-lint: tools/go.mod tools/go.sum
	@echo 'building golangci-lint (once; a minute or two)' >&2
	@mkdir -p $(TOOLS) && cd tools && $(GO) build -o ../$@ github.com/golangci/golangci-lint/v2/cmd/golangci-lint && touch ../$@

$(TOOLS)/gofumpt: tools/go.mod tools/go.sum
	@mkdir -p $(TOOLS) && cd tools && $(GO) build -o ../$@ mvdan.cc/gofumpt && touch ../$@
