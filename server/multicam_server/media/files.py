"""Opening exactly the regular file that a resolved path names."""

import os
import stat
from pathlib import Path

# O_PATH passes through folders that may be entered but not listed; where the system
# lacks it, the folder is opened for reading.
_FOLDER_FLAGS = getattr(os, "O_PATH", os.O_RDONLY) | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC

# O_NONBLOCK: a FIFO put in the file's place must not block the open.
_FILE_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK


def open_regular(path: Path) -> int:
    """Opens `path` for reading and returns its file descriptor, which the caller closes.

    `path` is absolute and free of symbolic links (`os.path.realpath`). It is walked
    folder by folder without following any link, so that a link put in its way after it
    was checked leads nowhere. Raises OSError; what is not a regular file is refused.
    """
    folder = os.open(path.anchor, _FOLDER_FLAGS)
    try:
        for name in path.parts[1:-1]:
            inner = os.open(name, _FOLDER_FLAGS, dir_fd=folder)
            os.close(folder)
            folder = inner
        descriptor = os.open(path.name, _FILE_FLAGS, dir_fd=folder)
    finally:
        os.close(folder)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor
