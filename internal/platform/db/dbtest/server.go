package dbtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The server's directory holds, beside the server's own pg/:
//
//	joining  locked by whoever joins, starts or stops the server
//	clients  locked shared by every test process for as long as it lives
//	keeping  locked by the keeper for as long as it lives
//	url      the superuser's URL, there exactly while the server may be used
//	pid      the keeper's process id
const (
	joining = "joining"
	clients = "clients"
	keeping = "keeping"
	urlFile = "url"
	pidFile = "pid"
)

// keeperPackage is built by the first test process; go keeps the result.
const keeperPackage = "rainmaker/internal/platform/db/testkeeper"

// place returns the directory of this user's test server, made if missing. It
// lies in shared memory where there is any. Another PostgreSQL gets another
// directory.
func place() (string, error) {
	base := "/dev/shm"
	if info, err := os.Stat(base); err != nil || !info.IsDir() {
		base = os.TempDir()
	}
	sum := sha256.Sum256([]byte(binDir()))
	dir := filepath.Join(base, fmt.Sprintf("rainmaker-test-%d-%s", os.Geteuid(), hex.EncodeToString(sum[:4])))
	if err := os.Mkdir(dir, 0o711); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("place of the test server: %w", err)
	}
	info, err := os.Lstat(dir)
	if err != nil {
		return "", fmt.Errorf("place of the test server: %w", err)
	}
	if !info.IsDir() || int(info.Sys().(*syscall.Stat_t).Uid) != os.Geteuid() {
		return "", fmt.Errorf("%s is not ours: remove it", dir)
	}
	return dir, nil
}

func binDir() string { return os.Getenv("RAINMAKER_TEST_POSTGRES_BIN") }

// join starts the server unless it runs and takes part in it until this process
// ends.
func join() (*server, error) {
	dir, err := place()
	if err != nil {
		return nil, err
	}
	door, err := lock(dir, joining, syscall.LOCK_EX)
	if err != nil {
		return nil, err
	}
	defer door.Close()
	held, err := lock(dir, clients, syscall.LOCK_SH)
	if err != nil {
		return nil, err
	}
	if kept, err := lock(dir, keeping, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
		_ = kept.Close() // nobody keeps it
		if err := launch(dir); err != nil {
			_ = held.Close()
			return nil, err
		}
	}
	admin, err := os.ReadFile(filepath.Join(dir, urlFile))
	if err != nil {
		_ = held.Close()
		return nil, fmt.Errorf("the test server does not answer, see %s: %w", filepath.Join(dir, "keeper.log"), err)
	}
	return &server{admin: strings.TrimSpace(string(admin)), held: held}, nil
}

// launch builds and starts the keeper and waits for its server.
func launch(dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := os.Remove(filepath.Join(dir, urlFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("start the test server: %w", err)
	}
	program := filepath.Join(dir, "keeper")
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", program, keeperPackage).CombinedOutput(); err != nil {
		return fmt.Errorf("build the test server's keeper: %w: %s", err, out)
	}
	log, err := os.OpenFile(filepath.Join(dir, "keeper.log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	defer log.Close()
	// Not a child in any sense that matters: its own session, none of our
	// files (go test waits for those who hold its output).
	cmd := exec.Command(program)
	cmd.Dir, cmd.Stdout, cmd.Stderr = "/", log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start the test server: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		if _, err := os.Stat(filepath.Join(dir, urlFile)); err == nil {
			return nil
		}
		select {
		case err := <-ended:
			said, _ := os.ReadFile(log.Name())
			return fmt.Errorf("the test server did not start (%w): %s", errors.Join(err, errors.New("keeper ended")), said)
		case <-ctx.Done():
			return fmt.Errorf("the test server did not start: %w", ctx.Err())
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// lock opens a file of the server's directory and locks it. Closing it, or the
// end of the process, frees the lock.
func lock(dir, name string, how int) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock: %w", err)
	}
	for {
		err = syscall.Flock(int(f.Fd()), how)
		if !errors.Is(err, syscall.EINTR) {
			break
		}
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", name, err)
	}
	return f, nil
}

// Stop ends the test server of this user, if there is one, and waits for it.
func Stop(ctx context.Context) error {
	dir, err := place()
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join(dir, pidFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("stop the test server: %w", err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return fmt.Errorf("stop the test server: %w", err)
	}
	for signalled := false; ; {
		// The lock, not the number, says whether the keeper lives.
		if kept, err := lock(dir, keeping, syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return kept.Close()
		}
		if !signalled {
			if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
				return fmt.Errorf("stop the test server: %w", err)
			}
			signalled = true
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("stop the test server: %w", ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
}
