"""Faults of the queue: its directories and what lies in them."""

from __future__ import annotations

from tests.engine.relay import QUEUE
from tests.faults.effects import stuck
from tests.faults.fault import Fault

NEVER_RUN = "not account test -r {qf}"
CF = "/etc/mail/sendmail.cf"
HERE = ("queue.writable",)
ENTRIES = ("queue.owned",)

FAULTS = (
    Fault(
        "queue-of-root",
        "The queue directory belongs to root",
        f"chown root:root {QUEUE}",
        HERE,
        (QUEUE,),
        stuck,
        touches=(QUEUE,),
        held=True,
    ),
    Fault(
        "queue-as-the-package-has-it",
        "update_sys has given the queue back to smmta:smmsp",
        f"chown -R smmta:smmsp {QUEUE}; chmod 2750 {QUEUE}",
        HERE,
        (QUEUE,),
        stuck,
        touches=(QUEUE,),
        heal=f"chown -R sendmail:sendmail {QUEUE}",
        held=True,
    ),
    Fault(
        "queue-group-writable",
        "The queue directory is writable by a group of others",
        f"chgrp smmsp {QUEUE}; chmod 0770 {QUEUE}",
        HERE,
        (QUEUE,),
        f"setpriv --reuid=smmsp --regid=smmsp --clear-groups -- test -w {QUEUE}",
        touches=(QUEUE,),
        held=True,
    ),
    Fault(
        "queue-world-writable",
        "Anybody may put entries into the queue",
        f"chmod 1777 {QUEUE}",
        HERE,
        (QUEUE,),
        f"setpriv --reuid=nobody --clear-groups -- test -w {QUEUE}",
        touches=(QUEUE,),
        held=True,
    ),
    Fault(
        "queue-read-only",
        "The queue lies on a file system that is mounted read-only",
        f"mount --bind {QUEUE} {QUEUE}; mount -o remount,bind,ro {QUEUE}",
        HERE,
        (QUEUE,),
        stuck,
        heal=f"umount -l {QUEUE}",
        reloads=True,
    ),
    Fault(
        "queue-parent-closed",
        "A directory above the queue is closed to the account",
        "chmod 0700 /var/spool",
        HERE,
        ("/var/spool",),
        "sendmail -q 2>&1 | grep -q 'can not chdir'",
        touches=("/var/spool",),
        reloads=True,
    ),
    Fault(
        "queue-immutable",
        "The queue directory is immutable",
        f"chattr +i {QUEUE}",
        HERE,
        (QUEUE, "cannot write"),
        stuck,
        touches=(QUEUE,),
    ),
    Fault(
        "queue-subdirectory",
        "Of the split queue's df directory root is the owner",
        f"mkdir /root/held; mv {QUEUE}/?f* /root/held; cd {QUEUE}; mkdir qf df xf;"
        " chown sendmail: qf xf; chmod 700 qf df xf",
        HERE,
        (f"{QUEUE}/df",),
        stuck,
        heal=f"rm -rf {QUEUE}/?f; mv /root/held/* {QUEUE}; rmdir /root/held",
        reloads=True,
    ),
    Fault(
        "queue-wildcard",
        "One directory of a queue with a wildcard belongs to another account",
        f"mkdir {QUEUE}/q1 {QUEUE}/q2; chown sendmail: {QUEUE}/q1; chmod 700 {QUEUE}/q?;"
        f" sed -i 's,^O QueueDirectory=.*,&/q*,' {CF}",
        HERE,
        (f"{QUEUE}/q2",),
        f"not account test -w {QUEUE}/q2",
        touches=(CF,),
        heal=f"rm -rf {QUEUE}/q1 {QUEUE}/q2",
        reloads=True,
    ),
    Fault(
        "entry-of-root",
        "One entry belongs to root: it is never run, and nothing is logged",
        "chown root:root {qf}; chmod 0600 {qf}",
        ENTRIES,
        ("{qf}",),
        NEVER_RUN,
        touches=("{qf}",),
    ),
    Fault(
        "entry-of-a-third",
        "One entry belongs to neither root nor the account: it will be lost",
        "chown nobody:sendmail {qf}; chmod 0640 {qf}",
        ENTRIES,
        ("{qf}",),
        "stat -c %U {qf} | grep -q nobody",
        touches=("{qf}",),
    ),
    Fault(
        "entry-group-writable",
        "One entry is writable by its group: Sendmail calls it bogus",
        "chmod 0660 {qf}",
        ENTRIES,
        ("{qf}",),
        "stat -c %a {qf} | grep -q 660",
        touches=("{qf}",),
    ),
    Fault(
        "entry-world-writable",
        "One entry is writable by anybody",
        "chmod 0666 {qf}",
        ENTRIES,
        ("{qf}",),
        "stat -c %a {qf} | grep -q 666",
        touches=("{qf}",),
    ),
    Fault(
        "entry-immutable",
        "One entry is immutable: it can be delivered again and again, never removed",
        "chattr +i {qf}",
        ("queue.waiting",),
        ("{qf}",),
        "lsattr {qf} | grep -q '^....i'",
        touches=("{qf}",),
    ),
)
