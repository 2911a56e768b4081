"""The texts of the guard on Debian: a script, and those who call it."""

from __future__ import annotations

SCRIPT = "/usr/local/sbin/stepdown-guard"

SCRIPT_TEXT = """\
#!/bin/sh
# Written by stepdown. `stepdown rollback` removes it.
#
# Sendmail's children run as @USER@:@GROUP@ and with no other group. Debian's make,
# sendmailconfig and package scripts give queue and maps to smmta and smmsp: then the relay refuses
# or queues every message. This gives back what is listed under kept(), and tells the log.
#
#   stepdown-guard           put right what is wrong, once (make and dpkg call it)
#   stepdown-guard --watch   the same until nothing was wrong for a few seconds (systemd, cron)
#   stepdown-guard --check   only tell what is wrong; exit code 1 where something is
#   stepdown-guard --stop    end who watches (rollback)
#
# Where the cf has not RunAsUser=@USER@ there is nothing to guard, and nothing is done.

set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 022

user=@USER@
group=@GROUP@
cf=@CF@
cried=/run/stepdown-guard.cried
running=/run/stepdown-guard.pid
lock=/run/stepdown-guard.lock

kept() {
@KEPT@
}

# An alias database that is gone, or that make found older than its text. make runs newaliases,
# which steps down like the rest and cannot write it; so root builds it, and only then.
aliases() {
	[ -f "$1" ] || return 0
	fresh "$1" "$2" && return 0
	if [ "$mode" != --check ]; then
		timeout 60 /usr/sbin/sendmail -O RunAsUser=root -bi >/dev/null
		fresh "$1" "$2" || return 0
	fi
	tell "built anew of $1: $2"
}

fresh() {
	[ -f "$2" ] || return 1
	[ -n "$mode" ] || [ -z "$(find -L "$1" -newer "$2")" ]
}

# A directory with its owner, group and mode.
directory() {
	[ -d "$1" ] && [ ! -L "$1" ] || return 0
	[ "$(stat -c '%U:%G %05a' "$1")" = "$2 $3" ] && return 0
	by "${2%%:*}" 'chown -h "$1" "$3" && chmod "$2" "$3"' "$2" "$3" "$1" &&
		tell "$2, mode $3: $1"
}

# Everything below /etc/mail: directories root's, nothing for the group to write, maps to read.
tree() {
	put "root's" 'chown -h root' "$1" -xdev -type d ! -user root
	put "nobody but its owner writes" 'chmod g-w,o-w' "$1" -xdev \\
		\\( -type d -o -type f -links 1 \\) -perm /022
	put "group $group" "chgrp -h $group" "$1" -xdev \\
		\\( -type d -o -type f -links 1 \\) ! -group "$group"
	put "readable for group $group" 'chmod g+r' "$1" -xdev -type f -links 1 \\
		-name '*.db' ! -perm -g=r
}

# A file that the children read.
readable() {
	[ -f "$1" ] && [ ! -L "$1" ] || return 0
	put "group $group" "chgrp -h $group" "$1" -type f -links 1 ! -group "$group"
	put "readable for group $group" 'chmod g+r,g-w,o-w' "$1" -type f -links 1 \\
		\\( ! -perm -g=r -o -perm /022 \\)
}

# A file of root's that the children write.
writable() {
	[ -f "$1" ] && [ ! -L "$1" ] || return 0
	put "root:$group" "chown -h root:$group" "$1" -type f -links 1 \\
		\\( ! -user root -o ! -group "$group" \\)
	put "writable for group $group" 'chmod 0660' "$1" -type f -links 1 ! -perm 0660
}

# A milter's socket. Its directory is the milter's, which could put a link in its place: so this
# is done with the milter's own powers, and the account's group.
socket() {
	[ -S "$1" ] && [ ! -L "$1" ] || return 0
	case $(stat -c '%G %A' "$1") in "$group s"???rw*) return 0 ;; esac
	by "$2" 'chgrp -h "$1" "$2" && chmod g+rw "$2"' "$group" "$1" &&
		tell "for group $group to read and write: $1"
}

# A directory that is the account's with all in it: the queue. It is looked through only where
# the directory itself is wrong. The account could put links in the way of a chown by root, so the
# directories are taken away first, from the top down, and given back last, from the bottom up.
# What lies so deep that a path could not name it stays as it is.
account() {
	[ -d "$1" ] && [ ! -L "$1" ] || return 0
	mine "$1" && return 0
	if [ "$mode" != --check ]; then
		guarded || return 0
		find "$1" -maxdepth 15 -xdev -type d \\
			-exec chown -h root:root {} \\; -exec chmod 00700 {} \\;
		find "$1" -maxdepth 15 -xdev -type f -links 1 -exec chown -h "$user:$group" {} +
		find "$1" -maxdepth 15 -xdev -depth -type d -exec chown -h "$user:$group" {} +
		mine "$1" || return 0
	fi
	tell "$user:$group with all in it: $1"
}

mine() {
	[ "$(stat -c '%U:%G %05a' "$1")" = "$user:$group 00700" ]
}

# put WHAT COMMAND FIND-ARGUMENTS: what find finds is given the command, and told.
put() {
	what=$1 command=$2
	shift 2
	if [ "$mode" = --check ]; then
		found=$(find "$@" -print)
	else
		found=$(find "$@" -exec $command {} \\; -print)
	fi
	[ -z "$found" ] || tell "$what: $(printf '%s' "$found" | tr '\\n' ' ')"
}

# by OWNER SCRIPT ARGUMENTS: with the owner's powers and the account's group; as root for root's.
# The owner could stop its own process for ever: so there is an end to it.
by() {
	[ "$mode" = --check ] && return 0
	owner=$1
	shift
	if [ "$owner" = root ]; then
		sh -c "$1" sh "$2" "$3" ${4+"$4"}
	else
		timeout -k 1 10 setpriv --reuid="$owner" --regid="$group" --init-groups -- \\
			sh -c "$1" sh "$2" "$3" ${4+"$4"} 9<&-
	fi
}

tell() {
	wrong=yes
	if [ "$mode" = --check ]; then
		printf '%s\\n' "$1"
	else
		logger -t stepdown -p mail.notice -- "put right: $1"
	fi
}

# Said once, until it is well again.
cry() {
	[ "$(cat "$cried" 2>/dev/null)" = "$1" ] && return 0
	logger -t stepdown -p mail.crit -- "$1"
	printf '%s\\n' "$1" >"$cried"
}

# By name or by number, as Sendmail takes them.
guarded() {
	set_to='^O[[:space:]]\\{1,\\}RunAsUser[[:space:]]*=[[:space:]]*'
	value=$(sed -n "s/$set_to//Ip" "$cf" 2>/dev/null | tail -n 1)
	value=${value%%[[:space:]]*}
	who=${value%%[:./]*}
	which=${value#"$who"}
	case $who in
	"") return 1 ;;
	"$user" | "$(id -u "$user" 2>/dev/null)") ;;
	*) return 1 ;;
	esac
	case ${which#[:./]} in
	"" | "$group" | "$(getent group "$group" | cut -d: -f3)") return 0 ;;
	esac
	return 1
}

# One look at everything, never two at a time. Only root may open the lock: whoever may read a
# file can lock it, and hold up make, dpkg and Sendmail's start.
pass() {
	wrong=
	private || return 0
	{
		if ! flock -w 30 9; then
			busy
		elif guarded; then
			kept
		fi
	} 9<"$lock" || wrong=yes
}

private() {
	(umask 077 && : >>"$lock") && return 0
	wrong=yes
	return 1
}

busy() {
	wrong=yes
	echo "$lock is held by another run of $0, which does not end" >&2
}

watch() {
	echo $$ >"$running"
	quiet=0 round=0
	while guarded && [ $quiet -lt 3 ] && [ $round -lt 60 ]; do
		[ $round -eq 0 ] || sleep 1
		round=$((round + 1)) quiet=$((quiet + 1))
		pass
		[ -z "$wrong" ] || quiet=0
	done
	if ! guarded; then
		cry "$cf has not RunAsUser=$user any more: Sendmail's children run as root again. \\
sendmailconfig, where its existing .mc is refused, writes a new one and leaves sendmail.mc.old: \\
put that back, make -C /etc/mail, restart Sendmail. Or: stepdown rollback"
	elif left=$("$0" --check); then
		rm -f "$cried"
	else
		cry "cannot be put right: $(printf '%s' "$left" | tr '\\n' ';')"
	fi
	rm -f "$running"
}

# For a rollback: who watches ends, and what it had begun is through.
stop() {
	pid=$(cat "$running" 2>/dev/null)
	grep -aqs stepdown-guard "/proc/${pid:-none}/cmdline" && kill "$pid"
	private && flock -w 30 "$lock" true
	rm -f "$running" "$cried"
}

mode=${1-}
case $mode in
"") pass ;;
--check)
	guarded || { echo "$cf has not RunAsUser=$user: nothing is guarded"; exit 1; }
	pass
	[ -z "$wrong" ]
	;;
--watch) watch ;;
--stop) stop ;;
*)
	echo "usage: $0 [--watch | --check | --stop]" >&2
	exit 2
	;;
esac
"""

GNUMAKE = """\
# Written by stepdown. `stepdown rollback` removes it.
#
# make prefers this file to Makefile, and so does the init script, which runs make at each start
# and reload. It runs the real Makefile, which gives every map that it rebuilds to group smmsp, and
# then stepdown-guard, which gives the maps back to those who read them now.

goals := $(or $(MAKECMDGOALS),all)
guard := if [ -x @SCRIPT@ ]; then @SCRIPT@ || :; fi

.PHONY: guarded $(goals)
$(goals): guarded ;
guarded:
	@$(MAKE) --no-print-directory -f Makefile $(goals) || { code=$$?; $(guard); exit $$code; }
	@$(guard)
GNUmakefile: ;
""".replace("@SCRIPT@", SCRIPT)

HOOK = f"""\
# Written by stepdown. `stepdown rollback` removes it.
# Sendmail's package scripts give queue and maps to smmta and smmsp. See dpkg(1), --post-invoke.
post-invoke=if [ -x {SCRIPT} ]; then {SCRIPT} || :; fi
"""

ALIASES = f"""\
#!/bin/sh
# Written by stepdown. `stepdown rollback` removes it.
#
# Sendmail's own newaliases steps down with the rest of it and cannot write the alias database,
# which is root's. This one, which root's PATH finds first, builds it as root, as ever.
[ "$(id -u)" = 0 ] || exec /usr/sbin/newaliases "$@"
/usr/sbin/sendmail -O RunAsUser=root -bi "$@"
code=$?
[ ! -x {SCRIPT} ] || {SCRIPT}
exit $code
"""

UNIT = f"""\
# Written by stepdown. `stepdown rollback` removes it.
[Unit]
Description=Sendmail's queue and maps stay those of its unprivileged children
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart={SCRIPT} --watch
SuccessExitStatus=SIGTERM
LogLevelMax=notice
SyslogLevel=err
"""

PATH_TEXT = """\
# Written by stepdown. `stepdown rollback` removes it.
# Not the queue itself, which changes with every message: a new owner shows in the directory above.
[Unit]
Description=Somebody changes Sendmail's files

[Path]
@PLACES@

[Install]
WantedBy=multi-user.target
"""

TIMER_UNIT = """\
# Written by stepdown. `stepdown rollback` removes it.
# For what the path unit does not see: a change in the moment when the guard ends.
[Unit]
Description=Sendmail's files are looked at each minute

[Timer]
OnActiveSec=5s
OnUnitInactiveSec=60s
AccuracySec=5s

[Install]
WantedBy=timers.target
"""

CRONTAB = f"""\
# Written by stepdown. `stepdown rollback` removes it.
MAILTO=""
* * * * *	root	[ ! -x {SCRIPT} ] || {SCRIPT} --watch 2>&1 | logger -t stepdown -p mail.err
"""
