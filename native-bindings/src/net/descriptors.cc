#include "net/descriptors.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace sluice {

namespace {

#ifdef __linux__
constexpr char kFolder[] = "/proc/self/fd";
#else
constexpr char kFolder[] = "/dev/fd";
#endif

}  // namespace

uint64_t OpenDescriptors() {
#ifdef __linux__
  // The size is 0 before Linux 6.2.
  struct stat status {};
  if (stat(kFolder, &status) == 0 && status.st_size > 0)
    return static_cast<uint64_t>(status.st_size);
#endif
  DIR* folder = opendir(kFolder);
  if (folder == nullptr) return 0;
  uint64_t count = 0;
  while (const dirent* entry = readdir(folder)) {
    if (entry->d_name[0] != '.') count++;
  }
  closedir(folder);
  return count > 0 ? count - 1 : 0;  // Without that of the folder itself.
}

uint64_t DescriptorLimit() {
  rlimit limit{};
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

}  // namespace sluice
