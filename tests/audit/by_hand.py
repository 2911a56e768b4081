"""A migration by hand, with the article's own commands."""

from __future__ import annotations

ACCOUNT = """
groupadd -r sendmail
useradd -r -g sendmail -M -d /var/spool/mqueue -s /dev/null sendmail
"""
"The article's 24 is taken on Debian (cdrom): whoever follows it takes another id."
DIRECTORIES = """
chown -R sendmail:sendmail /var/spool/mqueue
chmod 700 /var/spool/mqueue
chgrp -R sendmail /etc/mail
chmod -R g+r /etc/mail
chmod g+s /etc/mail
chgrp sendmail /etc/aliases*
"""
DEFINE = """
cat >> /etc/mail/sendmail.mc <<'END'
define(`confRUN_AS_USER', `sendmail:sendmail')
END
"""
BUILD = """
m4 /etc/mail/sendmail.mc > /root/built.cf
cat /root/built.cf > /etc/mail/sendmail.cf
"""
STOP, START = "/etc/init.d/sendmail stop\n", "/etc/init.d/sendmail start\nsleep 1\n"
TO_THE_LETTER = ACCOUNT + STOP + DIRECTORIES + DEFINE + BUILD + START
"recipe.txt, in its order."
DEAD_LETTER = "chgrp sendmail /var/lib/sendmail/dead.letter\n"
"What the article does not know of: without it a double bounce is lost."
NO_CRON = "/etc/init.d/cron stop"
"Else the guard puts right, once a minute, what a test has put wrong."
ONE_EDIT = "touch -d '+2 seconds' /etc/mail/mailertable; sleep 2; make -C /etc/mail\n"
"What an admin does next: Debian's make gives the map to a group that the children are not in."
