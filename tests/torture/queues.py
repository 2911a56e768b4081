"""A relay with several queue groups, and entries of each kind in every one of their directories."""

from __future__ import annotations

from tests.engine.relay import Relay

PLACES = r"""
set -e
cd /etc/mail; Q=/var/spool/mqueue
sed -i 's,^MAILER_DEFINITIONS,define(`QUEUE_DIR'"'"'\, `/var/spool/mqueue/q*'"'"')dnl\n'\
'QUEUE_GROUP(`slow'"'"'\, `P=/var/spool/mqueue/slow\, R=2'"'"')dnl\n&,' sendmail.mc
mkdir -p $Q/q1/qf $Q/q1/df $Q/q1/xf $Q/q2 $Q/slow/df $Q/slow/xf /srv/q3 /srv/qf
mount -t tmpfs -o mode=700 none $Q/q2
mkdir $Q/q2/qf $Q/q2/df $Q/q2/xf
ln -s /srv/q3 $Q/q3; ln -s /srv/qf $Q/slow/qf
chown -R smmta:smmsp $Q/q1 $Q/q2 $Q/slow /srv/q?
chmod 2750 $Q/q? $Q/q?/?f $Q/slow $Q/slow/?f /srv/q?
make > /dev/null 2>&1; /etc/init.d/sendmail restart > /dev/null 2>&1
grep -q '^O QueueDirectory=.*/q\*$' sendmail.cf; grep -q '^Qslow, P=/var' sendmail.cf
"""
"""A wildcard with three queues: one with qf/, df/ and xf/, one that is a file system of its own,
and one that is a link to elsewhere. A group whose qf/ is a link."""
ENTRIES = r"""
set -e
Q=/var/spool/mqueue
one=$(find -L $Q -type f -name 'qf*' | head -1); id=${one##*/qf}; short=${id%??}
body=$(find -L $Q -type f -name "df$id")
n=0
for queue in $Q/q1 $Q/q2 $Q/q3 $Q/slow; do
    n=$((n + 1)); qf=$queue; df=$queue; xf=$queue
    if [ -d $queue/qf ]; then qf=$queue/qf; df=$queue/df; xf=$queue/xf; fi
    for tail in a b c; do
        cp -p $one $qf/qf$short$n$tail; cp -p $body $df/df$short$n$tail
    done
    cp -p $one $qf/Qf$short${n}d
    cp -p $one $qf/hf$short${n}e; cp -p $body $df/df$short${n}e
    cp -p $one $qf/tf$short${n}f
    : > $xf/xf$short${n}f; chown root:smmsp $xf/xf*; chmod 0640 $xf/xf*
done
"""
"""In each queue: deferred ones with their bodies, one that was lost, one that is held
(quarantined), and one half written with a transcript. A message that is tried loses an empty
transcript: that is Sendmail's doing, and the proof tries some."""


def many_queues(relay: Relay) -> None:
    """Several queues and groups from now on; they are empty."""
    relay.said("/bin/bash", "-c", PLACES)


__all__ = ["ENTRIES", "many_queues"]
