package embedded

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"rainmaker/internal/platform/errs"
)

// Goals for a quiet machine with two cores, printed beside what was measured:
// cold 1-1.5 s, warm 0.1 s.
const (
	coldGoal = 6 * time.Second
	warmGoal = 2 * time.Second
)

// place returns a directory that the server's account can enter. t.TempDir
// will not do as root: its parent is root's alone (see TestUnreachableParent).
func place(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "rainmaker-embedded-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}

func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	s, err := Start(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stop(t, s) })
	return s
}

func stop(t *testing.T, s *Server) {
	t.Helper()
	if err := s.Stop(context.Background()); err != nil {
		t.Error(err)
	}
}

func exec1(t *testing.T, s *Server, sql string, args ...any) {
	t.Helper()
	if err := query(s, nil, sql, args...); err != nil {
		t.Fatal(err)
	}
}

// query runs one statement, into dest if that is not nil.
func query(s *Server, dest any, sql string, args ...any) error {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.URL(""))
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	if dest == nil {
		_, err := conn.Exec(ctx, sql, args...)
		return err
	}
	return conn.QueryRow(ctx, sql, args...).Scan(dest)
}

func setting(t *testing.T, s *Server, name string) string {
	t.Helper()
	var v string
	if err := query(s, &v, `select current_setting($1)`, name); err != nil {
		t.Fatal(err)
	}
	return v
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !ok(); {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
		<-time.After(20 * time.Millisecond)
	}
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && !strings.Contains(string(b), ") Z ")
}

// TestColdAndWarm is the life of a server: made, stopped, started again with
// what it held.
func TestColdAndWarm(t *testing.T) {
	dir := place(t)
	begun := time.Now()
	s := start(t, Config{Dir: dir})
	t.Logf("cold start %s, goal %s (PostgreSQL %s)", time.Since(begun).Round(time.Millisecond), coldGoal, s.Version())
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit", "data_checksums"} {
		if v := setting(t, s, name); v != "on" {
			t.Errorf("%s is %s", name, v)
		}
	}
	if v := setting(t, s, "listen_addresses"); v != "" {
		t.Errorf("listens on %s", v)
	}
	for name, want := range map[string]os.FileMode{"password": 0o600, "lock": 0o600, "postgres.log": 0o600, "data": 0o700, "run": 0o700} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
	exec1(t, s, `create table canary (word text)`)
	exec1(t, s, `insert into canary values ('sings')`)
	begun = time.Now()
	stop(t, s)
	t.Logf("stop %s", time.Since(begun).Round(time.Millisecond))
	select {
	case <-s.Done():
	default:
		t.Error("stopped, but not done")
	}

	begun = time.Now()
	s = start(t, Config{Dir: dir})
	t.Logf("warm start %s, goal %s", time.Since(begun).Round(time.Millisecond), warmGoal)
	wantCanary(t, s)
}

func wantCanary(t *testing.T, s *Server) {
	t.Helper()
	var word string
	if err := query(s, &word, `select word from canary`); err != nil || word != "sings" {
		t.Fatalf("canary: %q, %v", word, err)
	}
}

// TestPassword: nobody gets in without it, and a lost file is mended.
func TestPassword(t *testing.T) {
	t.Parallel()
	dir := place(t)
	s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
	u, err := url.Parse(s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.UserPassword("postgres", "wrong")
	if conn, err := pgx.Connect(t.Context(), u.String()); err == nil {
		conn.Close(t.Context())
		t.Error("a wrong password opens the database")
	}
	exec1(t, s, `create table canary as select 'sings'::text as word`)
	stop(t, s)
	if err := os.Remove(filepath.Join(dir, "password")); err != nil {
		t.Fatal(err)
	}
	s = start(t, Config{Dir: dir})
	wantCanary(t, s)
}

// TestServerKilled: the server is killed under a living program, which brings
// it back with every committed row.
func TestServerKilled(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Dir: place(t)})
	exec1(t, s, `create table canary as select 'sings'::text as word`)
	conn, err := pgx.Connect(t.Context(), s.URL(""))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	busy := make(chan error, 1)
	go func() { // a backend that is at work when its postmaster dies
		_, err := conn.Exec(context.Background(), `select count(*) from generate_series(1, 1000000000)`)
		busy <- err
	}()
	for range 2 {
		pid, begun := s.PID(), time.Now()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new server that answers", func() bool {
			now := s.PID()
			return now != 0 && now != pid && query(s, nil, `select 1`) == nil
		})
		t.Logf("back after %s", time.Since(begun).Round(time.Millisecond))
		wantCanary(t, s)
	}
	if err := <-busy; err == nil {
		t.Error("a query survived its server")
	}
}

// TestImpatientStop: a stop that may not wait costs a recovery, not data.
func TestImpatientStop(t *testing.T) {
	t.Parallel()
	for name, freeze := range map[string]bool{"busy": false, "stuck": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := place(t)
			s, err := Start(t.Context(), Config{Dir: dir})
			if err != nil {
				t.Fatal(err)
			}
			exec1(t, s, `create table canary as select 'sings'::text as word`)
			if freeze {
				if err := syscall.Kill(s.PID(), syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := s.Stop(ctx); freeze && err == nil {
				t.Error("does not tell that it was forced")
			}
			wantCanary(t, start(t, Config{Dir: dir}))
		})
	}
}

// TestUnlockBesideAFork: a child that was forked while the directory was locked
// has the file open until it comes to its own program.
func TestUnlockBesideAFork(t *testing.T) {
	dir := place(t)
	held, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	childs, err := syscall.Dup(int(held.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = syscall.Close(childs) }()
	(&Server{lock: held}).unlock()
	again, err := lockDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

// TestCancelledStart leaves a place where the next start works.
func TestCancelledStart(t *testing.T) {
	t.Parallel()
	dir := place(t)
	ctx, cancel := context.WithTimeout(t.Context(), 150*time.Millisecond) // within initdb
	defer cancel()
	if s, err := Start(ctx, Config{Dir: dir}); err == nil {
		stop(t, s) // a fast machine
	}
	start(t, Config{Dir: dir})
}

// TestSecondProgram: one directory, one program.
func TestSecondProgram(t *testing.T) {
	t.Parallel()
	s := start(t, Config{Dir: place(t), Params: map[string]string{"fsync": "off"}})
	other, err := Start(t.Context(), Config{Dir: s.Dir()})
	if err == nil {
		stop(t, other)
		t.Fatal("two servers on one directory")
	}
	if !errs.Is(err, errs.Conflict) || !strings.Contains(err.Error(), strconv.Itoa(os.Getpid())) {
		t.Errorf("unclear: %v", err)
	}
	if err := query(s, nil, `select 1`); err != nil {
		t.Errorf("the first suffers: %v", err)
	}
}

// TestStrangerInPidFile: postmaster.pid names a living process that is not
// ours. It must neither be signalled nor keep the server from starting.
func TestStrangerInPidFile(t *testing.T) {
	t.Parallel()
	dir := place(t)
	s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
	stop(t, s)
	stranger := exec.Command("sleep", "600")
	s.acc.as(stranger) // of the server's account: PostgreSQL itself would take it for a postmaster
	stranger.Dir = "/"
	if err := stranger.Start(); err != nil {
		t.Fatal(err)
	}
	gone := make(chan struct{})
	go func() { _ = stranger.Wait(); close(gone) }()
	defer func() { _ = stranger.Process.Kill(); <-gone }()
	for _, pid := range []int{stranger.Process.Pid, 1, os.Getpid()} {
		lines := fmt.Sprintf("%d\n%s\n1700000000\n5432\n%s\n\n", pid, filepath.Join(dir, "data"), filepath.Join(dir, "run"))
		if err := os.WriteFile(filepath.Join(dir, "data", "postmaster.pid"), []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
		stop(t, s)
	}
	select {
	case <-gone:
		t.Error("the stranger was ended")
	default:
	}
}

// TestLongPath: the socket goes where its path fits.
func TestLongPath(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(place(t), strings.Repeat("long/", 30))
	s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
	if err := query(s, nil, `select 1`); err != nil {
		t.Fatal(err)
	}
	if strings.HasPrefix(s.run, dir) || !socketFits(s.run) {
		t.Errorf("socket in %s", s.run)
	}
	t.Cleanup(func() { _ = os.RemoveAll(s.run) })
}

// TestSocketSquatter: the fallback directory lies where everybody may write; one
// that somebody else prepared is refused.
func TestSocketSquatter(t *testing.T) {
	dir := filepath.Join(place(t), strings.Repeat("long/", 30))
	acc, err := chooseAccount(filepath.Join(dir, "data"))
	if err != nil {
		t.Fatal(err)
	}
	tmp := place(t)
	t.Setenv("TMPDIR", tmp)
	if err := os.Chmod(tmp, 0o777); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(dir))
	squat := filepath.Join(tmp, "rainmaker-"+hex.EncodeToString(sum[:8]))
	if err := os.Symlink("/", squat); err != nil {
		t.Fatal(err)
	}
	if run, err := socketDir(dir, acc); err == nil {
		t.Errorf("took %s", run)
	}
}

// TestVersions: another version's data is refused by name and left alone.
func TestVersions(t *testing.T) {
	t.Parallel()
	dir := place(t)
	s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
	exec1(t, s, `create table canary as select 'sings'::text as word`)
	stop(t, s)
	path := filepath.Join(dir, "data", "PG_VERSION")
	real, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, bin := range []string{"", s.bin.dir} {
		for _, wrote := range []string{"13", "9.6"} {
			if err := os.WriteFile(path, []byte(wrote+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Start(t.Context(), Config{Dir: dir, BinDir: bin})
			if err == nil {
				t.Fatalf("started on data of %s", wrote)
			}
			if !strings.Contains(err.Error(), wrote) || wrote == "13" && !strings.Contains(err.Error(), s.Version()) {
				t.Errorf("does not name both versions: %v", err)
			}
		}
	}
	if err := os.WriteFile(path, real, 0o600); err != nil {
		t.Fatal(err)
	}
	wantCanary(t, start(t, Config{Dir: dir}))
}

// TestStrangeDirectory: data/ that is no cluster is somebody's.
func TestStrangeDirectory(t *testing.T) {
	t.Parallel()
	dir := place(t)
	theirs := filepath.Join(dir, "data", "thesis.txt")
	if err := os.MkdirAll(filepath.Dir(theirs), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(theirs, []byte("years of work"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(t.Context(), Config{Dir: dir}); err == nil {
		t.Fatal("started")
	} else {
		t.Log(err)
	}
	if b, err := os.ReadFile(theirs); err != nil || string(b) != "years of work" {
		t.Errorf("their file: %q, %v", b, err)
	}
}

// TestInterruptedInit: a killed initdb leaves nothing that hinders the next.
func TestInterruptedInit(t *testing.T) {
	t.Parallel()
	dir := place(t)
	if err := os.MkdirAll(filepath.Join(dir, attemptPrefix+"1", "base"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil { // as of a mounted volume
		t.Fatal(err)
	}
	s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
	if v := setting(t, s, "fsync"); v != "off" {
		t.Errorf("parameter not taken: fsync=%s", v)
	}
	// Nothing of it is left in place.
	if left, _ := filepath.Glob(filepath.Join(dir, attemptPrefix+"*")); len(left) != 0 {
		t.Errorf("left: %v", left)
	}
}

// TestUnreachableParent: root keeps the data below a directory that only root
// may enter, as every mkdtemp makes.
func TestUnreachableParent(t *testing.T) {
	t.Parallel()
	outer := place(t)
	if err := os.Chmod(outer, 0o700); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(outer, "inner")
	for range 2 {
		s := start(t, Config{Dir: dir, Params: map[string]string{"fsync": "off"}})
		exec1(t, s, `create table if not exists canary as select 'sings'::text as word`)
		pid := s.PID()
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a new server that answers", func() bool {
			now := s.PID()
			return now != 0 && now != pid && query(s, nil, `select 1`) == nil
		})
		exec1(t, s, `alter system set work_mem = '9MB'`)
		exec1(t, s, `select pg_reload_conf()`)
		eventually(t, "the setting is loaded", func() bool { return setting(t, s, "work_mem") == "9MB" })
		wantCanary(t, s)
		stop(t, s)
		_ = os.RemoveAll(s.run)
	}
	if info, err := os.Stat(outer); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("opened a directory that is not ours to open: %v %v", info.Mode(), err)
	}
}

// TestMissing: without PostgreSQL the error is one line that says what to do.
func TestMissing(t *testing.T) {
	t.Parallel()
	_, err := Start(t.Context(), Config{Dir: place(t), BinDir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "no PostgreSQL server in") {
		t.Errorf("got %v", err)
	}
	err = missing("/x", 0, nil, fmt.Errorf("npm is not installed"))
	if !strings.Contains(err.Error(), "apt-get install postgresql") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
}

// TestSettingNames: a setting cannot smuggle in another.
func TestSettingNames(t *testing.T) {
	for name, want := range map[string]bool{"fsync": true, "a.b_2": true, "": false, "a = b\nc": false, "a'": false} {
		if got := validSetting(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
	if got := quoteSetting(`it's \`); got != `'it''s \\'` {
		t.Error(got)
	}
}

// childEnv asks this test binary, run again, to be the program that holds the
// server of the directory named.
const childEnv = "RAINMAKER_EMBEDDED_CHILD"

// TestChild is the program of the tests below. By itself it only checks that
// nobody asked.
func TestChild(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		return
	}
	s := start(t, Config{Dir: dir, Logger: slog.New(slog.DiscardHandler)})
	exec1(t, s, `create table if not exists canary as select 'sings'::text as word`)
	fmt.Printf("pid=%d uid=%d\n", s.PID(), s.acc.uid)
	buf := make([]byte, 1)
	_, _ = os.Stdin.Read(buf) // until told, or killed
}

// child runs TestChild and returns once its server is up.
func child(t *testing.T, dir string, attr *syscall.SysProcAttr) (cmd *exec.Cmd, postmaster, uid int, end func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self, "-test.run=^TestChild$", "-test.v")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	cmd.SysProcAttr = attr
	cmd.Dir = "/"
	if attr != nil { // the test binary lies where only root may look
		copied := filepath.Join(filepath.Dir(dir), "embedded.test")
		b, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		// A child forked beside us would have the file open for writing, and nobody
		// could run it (text file busy).
		syscall.ForkLock.RLock()
		err = os.WriteFile(copied, b, 0o755)
		syscall.ForkLock.RUnlock()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Path = copied
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end = func() { _ = in.Close(); _ = cmd.Wait() }
	var seen strings.Builder
	buf := make([]byte, 4096)
	for {
		n, err := out.Read(buf)
		seen.Write(buf[:n])
		if i := strings.Index(seen.String(), "pid="); i >= 0 && strings.Contains(seen.String()[i:], "\n") {
			if _, err := fmt.Sscanf(seen.String()[i:], "pid=%d uid=%d", &postmaster, &uid); err != nil {
				t.Fatal(err)
			}
			return cmd, postmaster, uid, end
		}
		if err != nil {
			end()
			t.Fatalf("child: %v\n%s", err, seen.String())
		}
	}
}

// TestProgramKilled: the program is killed without a chance to stop its server;
// the next one starts on the same data.
func TestProgramKilled(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name   string
		freeze bool // the server is stuck and cannot follow its program's death
	}{{"server follows", false}, {"server stays", true}} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			dir := place(t)
			cmd, postmaster, _, _ := child(t, dir, nil)
			if tc.freeze {
				if err := syscall.Kill(postmaster, syscall.SIGSTOP); err != nil {
					t.Fatal(err)
				}
			}
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if tc.freeze {
				go func() { // it comes round while the next program waits for it
					<-time.After(300 * time.Millisecond)
					_ = syscall.Kill(postmaster, syscall.SIGCONT)
				}()
			}
			begun := time.Now()
			s := start(t, Config{Dir: dir})
			t.Logf("start after the kill %s", time.Since(begun).Round(time.Millisecond))
			wantCanary(t, s)
			if alive(postmaster) {
				t.Errorf("the old server, process %d, still runs", postmaster)
			}
		})
	}
}

// TestProgramKilledInInit: the program is killed while initdb works.
func TestProgramKilledInInit(t *testing.T) {
	t.Parallel()
	dir := place(t)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, "-test.run=^TestChild$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "initdb at work", func() bool {
		conf, _ := filepath.Glob(filepath.Join(dir, attemptPrefix+"*", "postgresql.conf"))
		return len(conf) == 1
	})
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	exec1(t, start(t, Config{Dir: dir}), `create table canary ()`)
}

// TestOrdinaryUser runs a program as nobody when the tests run as root; the
// other tests cover the present user.
func TestOrdinaryUser(t *testing.T) {
	t.Parallel()
	if os.Geteuid() != 0 {
		s := start(t, Config{Dir: place(t), Params: map[string]string{"fsync": "off"}})
		if s.acc.drop || s.acc.uid != os.Geteuid() {
			t.Errorf("runs as %+v", s.acc)
		}
		return
	}
	const nobody = 65534
	outer := place(t)
	if err := os.Chmod(outer, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(outer, "mine")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	_, _, uid, end := child(t, dir, &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}})
	end()
	if uid != nobody {
		t.Errorf("runs as %d", uid)
	}
	// Root takes the directory over and stays with its owner.
	s := start(t, Config{Dir: dir})
	wantCanary(t, s)
	if s.acc.uid != nobody || !s.acc.drop {
		t.Errorf("runs as %+v", s.acc)
	}
}
