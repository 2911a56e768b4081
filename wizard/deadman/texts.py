"""The texts of the timer: a script in the run's directory, and what of the host's starts it."""

from __future__ import annotations

SCRIPT_TEXT = """\
#!/bin/sh
# Written by stepdown. `stepdown confirm` and `stepdown rollback` take it away.
#
# Undoes this run unless it was kept by the deadline, whatever became of the wizard, its engine and
# the host meanwhile. A timer of systemd's or a line for cron starts it. It does nothing before the
# deadline, nothing where the run has ended, and nothing where another one of it is at work.

set -u
PATH=/usr/sbin:/usr/bin:/sbin:/bin
LC_ALL=C
export PATH LC_ALL
umask 077

place=${0%/*}
run=${place##*/}
state=${place%/runs/*}
journal=$place/journal.jsonl
log=$place/unless-confirmed.log
units=/etc/systemd/system
unit=stepdown-unless-confirmed
crontab=/etc/cron.d/stepdown-unless-confirmed
port=@PORT@
grace=5

say() {
	printf '%s %s\\n' "$(date +%s.%N)" "$2" >>"$log"
	logger -t stepdown -p "mail.$1" -- "$2"
}

phase() {
	sed -n 's/^{"type":"phase","seq":[0-9]*,"time":[0-9.eE+-]*,"phase":"\\([a-z-]*\\)".*/\\1/p' \\
		"$journal" | tail -n 1
}

# An engine is at work on this host. One that is stopped or does not answer, well after the
# deadline, is ended: what it had begun is in the journal.
busy() {
	flock -sn "$state/lock" true && return 1
	held='' pid=''
	read -r held _ pid _ <"$state/lock"
	if [ "$held" = "$run" ] && [ $(($(date +%s) - deadline)) -ge $grace ] && hangs "$pid"; then
		say warning "the engine of run $run, process $pid, does not answer: it is ended"
		kill -KILL "$pid"
	fi
	return 0
}

hangs() {
	tr '\\0' ' ' <"/proc/$1/cmdline" | grep -qF "$run" || return 1
	case $(sed 's/.*) //' "/proc/$1/stat") in
	T*) return 0 ;;
	esac
	[ "$(phase)" = awaiting-confirmation ]
}

# The host has just booted and Sendmail's own start is not through: it would be met half-way.
booting() {
	age=$(awk -v ticks="$(getconf CLK_TCK)" \\
		'NR == FNR { up = $1; next } { sub(/.*[)] /, ""); print int(up - $20 / ticks) }' \\
		/proc/uptime /proc/1/stat)
	[ "$age" -lt 60 ] || return 1
	if [ -d /run/systemd/system ]; then
		case $(systemctl is-system-running) in
		initializing | starting) return 0 ;;
		esac
		return 1
	fi
	grep -qsa '/etc/init[.]d/' /proc/[0-9]*/cmdline ||
		! grep -qs "^ *[0-9]*: [0-9A-F]*:$port [0-9A-F]*:0000 0A" /proc/net/tcp /proc/net/tcp6
}

# What was written for this run, and nothing else.
ours() {
	grep -qsF "Run $run." "$1"
}

clean() {
	rm -f "$place/deadline"
	if ours "$units/$unit.service"; then
		systemctl --quiet disable --now $unit.timer
		systemctl --quiet disable $unit.service
		rm -f "$units/$unit.timer" "$units/$unit.service"
		systemctl daemon-reload
	fi
	! ours "$crontab" || rm -f "$crontab"
}

# Twice by the engine; where it cannot even do that, by the script that needs nothing of ours.
undo() {
	tries=$((tries + 1))
	[ $tries -gt 1 ] || say notice "run $run was not kept in time: it is undone"
	if [ $tries -le 2 ]; then
		/bin/sh "$place/engine" expire >>"$place/engine.log" 2>&1 9<&- &
		engine=$!
		wait "$engine"
		engine=
		say notice "run $run is $(phase)"
		return
	fi
	say warning "the engine could not undo run $run: undo.sh does"
	if /bin/sh "$place/undo.sh" 9<&-; then
		say notice "run $run was undone by undo.sh"
	elif flock -sn "$state/lock" true; then
		say crit "run $run could NOT be undone; see $place/undo.log"
	else
		return
	fi
	clean
	exit 0
}

exec 9>>"$place/unless-confirmed.lock" </dev/null >/dev/null 2>&1
flock -n 9 || exit 0
# The host shuts down: an engine that is at it is told so, and the next boot goes on from there.
engine=
trap '[ -z "$engine" ] || kill "$engine"; exit 0' TERM
tries=0
while deadline=$(cat "$place/deadline"); do
	case $(phase) in
	done | rolled-back) break ;;
	esac
	case $deadline in
	'' | *[!0-9]*) deadline=0 ;;
	esac
	left=$((deadline - $(date +%s)))
	if [ $left -gt 1 ]; then
		sleep 1 9<&-
	elif [ $left -gt 0 ]; then
		sleep 0.1 9<&-
	elif busy || booting; then
		sleep 0.3 9<&-
	else
		undo
	fi
done
clean
"""

SERVICE_TEXT = """\
# Written by stepdown. `stepdown confirm` and `stepdown rollback` remove it. Run @RUN@.
# At a boot it waits for the deadline, or acts where that has passed meanwhile.
[Unit]
Description=A change of Sendmail undoes itself unless it is confirmed
RequiresMountsFor=@PLACE@
StartLimitIntervalSec=0

[Service]
ExecStart=/bin/sh @PLACE@/unless-confirmed
KillMode=process
Restart=on-failure
RestartSec=1

[Install]
WantedBy=multi-user.target
"""

TIMER_TEXT = """\
# Written by stepdown. `stepdown confirm` and `stepdown rollback` remove it. Run @RUN@.
[Unit]
Description=When a change of Sendmail undoes itself unless it is confirmed

[Timer]
OnCalendar=@DEADLINE@
AccuracySec=10ms

[Install]
WantedBy=timers.target
"""

CRON_TEXT = """\
# Written by stepdown. `stepdown confirm` and `stepdown rollback` remove it. Run @RUN@.
# Starts what waits for the deadline again where it was killed, and at a boot; it runs once.
MAILTO=""
@reboot	root	/bin/sh @PLACE@/unless-confirmed
* * * * *	root	/bin/sh @PLACE@/unless-confirmed
"""
