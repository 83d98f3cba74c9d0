package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

const (
	canInheritDir   = true // /proc/self/fd leads to inherited directories
	canSeeProcesses = true // /proc/<pid>/cwd tells where a process works
)

// dieWithParent has the kernel send the signal to the child when the thread that
// started it dies, as all do when the program is killed.
func dieWithParent(attr *syscall.SysProcAttr, sig syscall.Signal) { attr.Pdeathsig = sig }

// worksIn reports whether pid is a PostgreSQL process that works in dir. One
// that ended but was never waited for has no working directory; a shell in
// which somebody looks around is not ours to end; a process we may not look at
// belongs to another account and is therefore not our server.
func worksIn(pid int, dir string) bool {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil || cwd != dir {
		return false
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	return err == nil && strings.HasPrefix(filepath.Base(exe), "postgres") // an upgrade adds " (deleted)"
}

// processesIn lists the PostgreSQL processes whose working directory is dir.
func processesIn(dir string) []int {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil
	}
	var pids []int
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil && worksIn(pid, dir) {
			pids = append(pids, pid)
		}
	}
	return pids
}
