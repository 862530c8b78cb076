// A disk with a will of its own, between the place and the system (LD_PRELOAD). One byte of a shared file says what is wrong
// with it now; and when asked to, it writes down every write and sync of the database, from which a power cut can be
// replayed at any moment. Only files whose path has "parlour.db" in it are meant.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { FINE, FULL, NO_SYNC, SLOW, DIES_IN_CHECKPOINT, NO_READ, NO_READ_NO_SYNC };

static volatile char *mood;
static int record = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void begin(void) {
  static char fine = FINE;
  const char *path = getenv("PARLOUR_DISK");
  int file = path ? open(path, O_RDWR) : -1;
  void *shared = file < 0 ? MAP_FAILED : mmap(NULL, 1, PROT_READ, MAP_SHARED, file, 0);
  mood = shared == MAP_FAILED ? &fine : shared;
  if (getenv("PARLOUR_RECORD")) record = open(getenv("PARLOUR_RECORD"), O_WRONLY | O_CREAT | O_APPEND, 0600);
}

// 0 for a file that is not meant, otherwise 'd' for the database, 'w' for its write-ahead log, 'j' for a journal.
static char kind_of(int fd) {
  char link[64], path[PATH_MAX];
  pthread_once(&once, begin);
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  const char *name = strstr(path, "parlour.db");
  if (!name || strchr(name, '/')) return 0;
  if (!strcmp(name, "parlour.db")) return 'd';
  if (!strcmp(name, "parlour.db-wal")) return 'w';
  return strcmp(name, "parlour.db-journal") ? 0 : 'j';
}

// As the replay reads it: when (ns), what, which file, where, how much, and the bytes.
struct entry { uint64_t at; char what, file, pad[6]; uint64_t offset, length; } __attribute__((packed));

static void note(char what, char file, uint64_t offset, const void *bytes, uint64_t length) {
  if (record < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  struct entry entry = { now.tv_sec * 1000000000ull + now.tv_nsec, what, file, {0}, offset, length };
  struct iovec parts[2] = { { &entry, sizeof entry }, { (void *)bytes, bytes ? length : 0 } };
  pthread_mutex_lock(&lock);
  if (writev(record, parts, 2) < 0) abort();
  pthread_mutex_unlock(&lock);
}

static void wait_long(void) {
  struct timespec ten = { 0, 10 * 1000 * 1000 };
  nanosleep(&ten, NULL);
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off64_t offset) {
  static ssize_t (*real)(int, const void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pwrite64");
  char file = kind_of(fd);
  if (file && *mood == FULL) {
    errno = ENOSPC;
    return -1;
  }
  if (file == 'd' && *mood == DIES_IN_CHECKPOINT) raise(SIGKILL);
  ssize_t done = real(fd, bytes, length, offset);
  if (file && done > 0) note('w', file, offset, bytes, done);
  return done;
}

// Of EIO SQLite makes another error than of what other file systems say of a page whose checksum does not fit.
ssize_t pread64(int fd, void *bytes, size_t length, off64_t offset) {
  static ssize_t (*real)(int, void *, size_t, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "pread64");
  pthread_once(&once, begin);
  if ((*mood == NO_READ || *mood == NO_READ_NO_SYNC) && kind_of(fd)) {
    errno = *mood == NO_READ ? EIO : EBADMSG;
    return -1;
  }
  return real(fd, bytes, length, offset);
}

static int synced(int fd, const char *name) {
  int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
  char file = kind_of(fd);
  if (file && (*mood == NO_SYNC || *mood == NO_READ_NO_SYNC)) {
    errno = EIO;
    return -1;
  }
  if (file && *mood == SLOW) wait_long();
  int done = real(fd);
  if (file && done == 0) note('s', file, 0, NULL, 0);
  return done;
}

int fsync(int fd) { return synced(fd, "fsync"); }
int fdatasync(int fd) { return synced(fd, "fdatasync"); }

int ftruncate64(int fd, off64_t length) {
  static int (*real)(int, off64_t);
  if (!real) real = dlsym(RTLD_NEXT, "ftruncate64");
  char file = kind_of(fd);
  int done = real(fd, length);
  if (file && done == 0) note('t', file, 0, NULL, length);
  return done;
}
