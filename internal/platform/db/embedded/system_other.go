//go:build !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

const (
	canInheritDir   = false
	canSeeProcesses = false
)

// dieWithParent is not to be had here: the next start ends what was left.
func dieWithParent(*syscall.SysProcAttr, syscall.Signal) {}

// worksIn reports whether pid is a PostgreSQL process that works in dir.
func worksIn(pid int, dir string) bool {
	out, err := exec.Command("lsof", "-a", "-d", "cwd", "-c", "postgres", "-Fn", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(out)) {
		if strings.TrimSpace(line) == "n"+dir {
			return true
		}
	}
	return false
}

// processesIn cannot be answered cheaply here: PostgreSQL's own check of its
// shared memory remains.
func processesIn(string) []int { return nil }
