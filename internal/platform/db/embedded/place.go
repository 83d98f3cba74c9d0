package embedded

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"rainmaker/internal/platform/errs"
)

// maxSocketPath is one less than sizeof(sun_path) of the stricter of our
// systems (macOS 104, Linux 108), so that a directory moves between them.
const maxSocketPath = 103

// DefaultDir is where the program keeps its database when nobody says
// otherwise: /var/lib/rainmaker as root, else $XDG_DATA_HOME/rainmaker or
// ~/.local/share/rainmaker. Root's home will not do: the server's account
// cannot enter it.
func DefaultDir() (string, error) {
	if os.Geteuid() == 0 {
		return "/var/lib/rainmaker", nil
	}
	if x := os.Getenv("XDG_DATA_HOME"); filepath.IsAbs(x) {
		return filepath.Join(x, "rainmaker"), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("default data directory: %w", err)
	}
	return filepath.Join(home, ".local", "share", "rainmaker"), nil
}

// makeDir makes dir and its parents and returns it absolute with symbolic links
// resolved, the form in which /proc shows it. As root the parents are made 0755:
// a parent that only root may enter would shut the server out.
func makeDir(dir string) (string, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	mode := os.FileMode(0o700)
	if os.Geteuid() == 0 {
		mode = 0o755
	}
	if err := os.MkdirAll(abs, mode); err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	real, err := filepath.EvalSymlinks(abs)
	if err != nil {
		return "", fmt.Errorf("make directory: %w", err)
	}
	return real, nil
}

// lockDir takes the directory for this process. The kernel frees it when the
// process ends, however it ends. The file holds our process id for the message
// of the one who comes second, nothing more.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer f.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("lock %s: %w", f.Name(), err)
		}
		holder, _ := io.ReadAll(io.LimitReader(f, 32))
		return nil, errs.New(errs.Conflict,
			"%s is in use by another rainmaker (process %s): stop it, or choose another directory with --data", dir, strings.TrimSpace(string(holder)))
	}
	if err := f.Truncate(0); err == nil {
		_, _ = fmt.Fprintf(f, "%d\n", os.Getpid())
	}
	return f, nil
}

// unlock frees the directory at once: closing alone leaves the lock with a child
// that has been forked beside us and has not come to its own program yet.
func (s *Server) unlock() {
	if s.lock != nil {
		_ = syscall.Flock(int(s.lock.Fd()), syscall.LOCK_UN)
		_ = s.lock.Close()
	}
}

// Beside is the superuser's address of the default database of the server that
// another program runs in dir right now. It starts and changes nothing.
func Beside(dir string) (string, error) {
	s := &Server{}
	var err error
	if s.dir, err = filepath.EvalSymlinks(dir); err != nil {
		return "", fmt.Errorf("find the running server: %w", err)
	}
	if s.acc, err = chooseAccount(filepath.Join(s.dir, "data")); err != nil {
		return "", err
	}
	if s.run, err = socketDir(s.dir, s.acc); err != nil {
		return "", err
	}
	password, err := os.ReadFile(filepath.Join(s.dir, "password"))
	if err != nil {
		return "", fmt.Errorf("find the running server: %w", err)
	}
	s.password = strings.TrimSpace(string(password))
	return s.URL(""), nil
}

// socketDir makes the directory of the unix socket: dir/run, or, where that
// path would not fit into a socket address, a directory in the temporary one
// named by a hash of dir. Nobody but the server's account may enter it.
func socketDir(dir string, acc account) (string, error) {
	run := filepath.Join(dir, "run")
	if !socketFits(run) || !acc.reaches(dir) {
		sum := sha256.Sum256([]byte(dir))
		name := "rainmaker-" + hex.EncodeToString(sum[:8])
		run = filepath.Join(os.TempDir(), name)
		if !socketFits(run) || !acc.reaches(os.TempDir()) {
			run = filepath.Join("/tmp", name)
		}
	}
	if err := os.Mkdir(run, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("socket directory: %w", err)
	} else if err == nil {
		if err := acc.own(run); err != nil {
			return "", fmt.Errorf("socket directory: %w", err)
		}
	}
	// The temporary directory is everybody's: a stranger may have been there
	// first, with a directory of his own or a link to one.
	info, err := os.Lstat(run)
	if err != nil {
		return "", fmt.Errorf("socket directory: %w", err)
	}
	owner := info.Sys().(*syscall.Stat_t).Uid
	if !info.IsDir() || info.Mode().Perm()&0o077 != 0 || int(owner) != acc.uid {
		return "", fmt.Errorf("socket directory %s is not a private directory of %s: remove it", run, acc.name)
	}
	return run, nil
}

func socketFits(run string) bool {
	return len(filepath.Join(run, ".s.PGSQL."+port+".lock")) <= maxSocketPath
}
