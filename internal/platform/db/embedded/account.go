package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user the server runs as.
type account struct {
	name     string
	uid, gid int
	drop     bool // we are root and change to it
}

// chooseAccount returns the owner of the data directory, or for a new one the
// present user, or as root "postgres" or "nobody".
func chooseAccount(data string) (account, error) {
	me := os.Geteuid()
	info, err := os.Stat(data)
	switch {
	case err == nil:
		st := info.Sys().(*syscall.Stat_t)
		owner := account{uid: int(st.Uid), gid: int(st.Gid)}
		owner.name = userName(owner.uid)
		if me != 0 && owner.uid != me {
			return account{}, fmt.Errorf("%s belongs to %s, this program runs as %s: run it as %s or root, or choose another directory with --data",
				data, owner.name, userName(me), owner.name)
		}
		if me != 0 || owner.uid != 0 {
			owner.drop = me == 0
			return owner, nil
		}
		// Root's own: an empty directory is given away, a cluster is refused
		// later by initdb or postgres with its own words.
	case !errors.Is(err, fs.ErrNotExist):
		return account{}, fmt.Errorf("data directory: %w", err)
	}
	if me != 0 {
		return account{name: userName(me), uid: me, gid: os.Getegid()}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errU := strconv.Atoi(u.Uid)
		gid, errG := strconv.Atoi(u.Gid)
		if errU == nil && errG == nil && uid != 0 {
			return account{name: name, uid: uid, gid: gid, drop: true}, nil
		}
	}
	return account{}, errors.New("PostgreSQL does not run as root and there is no account postgres or nobody: run rainmaker as an ordinary user")
}

func userName(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(uid)
}

// own gives a file to the account.
func (a account) own(path string) error {
	if !a.drop {
		return nil
	}
	if err := os.Lchown(path, a.uid, a.gid); err != nil {
		return fmt.Errorf("give %s to %s: %w", path, a.name, err)
	}
	return nil
}

// openDir lets the account pass through dir itself, which mktemp and the like
// make for root alone. What lies inside keeps its own modes. Parents are left
// as they are; see Server.dataArg for those that shut the account out.
func (a account) openDir(dir string) error {
	if !a.drop {
		return nil
	}
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	if st := info.Sys().(*syscall.Stat_t); int(st.Uid) == a.uid || info.Mode().Perm()&0o001 != 0 {
		return nil
	}
	if err := os.Chmod(dir, info.Mode().Perm()|0o011); err != nil {
		return fmt.Errorf("open directory: %w", err)
	}
	return nil
}

// reaches reports whether the account can enter dir through all its parents.
func (a account) reaches(dir string) bool {
	if !a.drop {
		return true
	}
	for d := dir; ; d = filepath.Dir(d) {
		info, err := os.Stat(d)
		if err != nil {
			return false
		}
		st, need := info.Sys().(*syscall.Stat_t), fs.FileMode(0o001)
		switch {
		case int(st.Uid) == a.uid:
			need = 0o100
		case int(st.Gid) == a.gid:
			need = 0o010
		}
		if info.Mode().Perm()&need == 0 {
			return false
		}
		if d == filepath.Dir(d) {
			return true
		}
	}
}

// as makes cmd run as the account, in a process group of its own (a ^C in the
// terminal is for the program, which drains first) and with a bare environment:
// PG* variables and locales of the caller must not change what the server does.
func (a account) as(cmd *exec.Cmd) {
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "TZ=UTC", "LC_ALL=C"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if a.drop {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
}
